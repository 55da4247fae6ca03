import type { Cut, Trace } from "@prune/graph";
import { interfaceFaultOf } from "@prune/graph/advanced";
import { WorkflowError } from "./errors.js";

/** Refuses a model that is about to be written unless its inputs and outputs are the original's, or what a cut makes of them. */
export function checkInterface(original: Trace, final: Trace, cut?: Cut): void {
  const fault = interfaceFaultOf(original, final, cut);
  if (fault) throw new WorkflowError("other-interface", fault);
}
