import { faultOf } from "@prune/backend";
import type { Cut, Trace } from "@prune/graph";
import { TfjsError } from "../errors.js";

/** Throws unless a cut model is what the cut says: its trace gives every tensor the shape of the filtered layout. */
export function checkShapes(traced: Trace, again: Trace, cut: Cut): void {
  const fault = faultOf(traced, again, cut);
  if (fault) throw new TfjsError("inconsistent-cut", fault);
}
