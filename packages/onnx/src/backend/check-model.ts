import type { Cut, Trace } from "@prune/graph";
import { type Followed, faultOf } from "@prune/graph/advanced";
import { resized } from "../ends/ends.js";
import { OnnxError } from "../errors.js";
import type { GraphEdit, Model, ValueInfo } from "../model.js";

/** A cut, the trace that it was made of, and the trace of what it made. */
interface Traced {
  readonly traced: Trace;
  readonly again: Followed;
  readonly cut: Cut;
}

/**
 * Throws unless a cut model is what the cut says: tracing it must give every tensor the shape of the original's
 * filtered layout, and its inputs and outputs are the original's, but for the sizes that the edit gives them.
 */
export function checkModel(
  before: Model,
  after: Model,
  { resized: sizes }: Pick<GraphEdit, "resized">,
  { traced, again, cut }: Traced,
): void {
  same("input", before.graph.inputs, after.graph.inputs, sizes);
  same("output", before.graph.outputs, after.graph.outputs, sizes);
  const fault = faultOf(traced, again, cut);
  if (fault) throw new OnnxError("inconsistent-cut", fault);
}

function same(
  what: string,
  before: readonly ValueInfo[],
  after: readonly ValueInfo[],
  sizes: GraphEdit["resized"],
): void {
  before.forEach((want, i) => {
    const got = after[i];
    if (JSON.stringify(resized(want, sizes?.get(want.name))) !== JSON.stringify(got))
      throw new OnnxError("inconsistent-cut", {
        tensor: want.name,
        what: `the graph's ${what} would change`,
      });
  });
}
