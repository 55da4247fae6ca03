import { type Cut, type Dim, shapeOf, type Trace } from "@prune/graph";
import { TfjsError } from "../errors.js";

/** Throws unless a cut model is what the cut says: its trace gives every tensor the shape of the filtered layout. */
export function checkShapes(traced: Trace, again: Trace, cut: Cut): void {
  for (const name of traced.state.source.outputs)
    if (!again.state.source.outputs.includes(name))
      throw new TfjsError("inconsistent-cut", { tensor: name, what: "an output would be gone" });
  for (const [tensor, { layout, parameter }] of again.state.values) {
    const original = traced.state.values.get(tensor);
    if (!layout || !original?.layout || original.parameter || parameter) continue;
    const want = cut.shape(tensor);
    const got = shapeOf(layout);
    if (!same(want, got))
      throw new TfjsError("inconsistent-cut", {
        tensor,
        what: `its shape would be [${got}] in place of [${want}]`,
      });
  }
}

const same = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
