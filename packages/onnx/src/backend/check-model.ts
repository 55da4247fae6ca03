import { type Cut, faultOf, type Trace } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { Model, ValueInfo } from "../model.js";

/**
 * Throws unless a cut model is what the cut says: tracing it must give every tensor the shape of the original's
 * filtered layout, and its inputs and outputs are the original's.
 */
export function checkModel(before: Model, after: Model, traced: Trace, again: Trace, cut: Cut): void {
  same("input", before.graph.inputs, after.graph.inputs);
  same("output", before.graph.outputs, after.graph.outputs);
  const fault = faultOf(traced, again, cut);
  if (fault) throw new OnnxError("inconsistent-cut", fault);
}

function same(what: string, before: readonly ValueInfo[], after: readonly ValueInfo[]): void {
  before.forEach((want, i) => {
    const got = after[i];
    if (JSON.stringify(want) !== JSON.stringify(got))
      throw new OnnxError("inconsistent-cut", {
        tensor: want.name,
        what: `the graph's ${what} would change`,
      });
  });
}
