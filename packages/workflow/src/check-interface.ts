import { interfaceFaultOf, type Trace } from "@prune/graph";
import { WorkflowError } from "./errors.js";

/** Refuses a model that is about to be written unless its inputs and outputs are the original's. */
export function checkInterface(original: Trace, final: Trace): void {
  const fault = interfaceFaultOf(original, final);
  if (fault) throw new WorkflowError("other-interface", fault);
}
