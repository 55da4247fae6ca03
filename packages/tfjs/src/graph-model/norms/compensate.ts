import type { Cut, Trace } from "@prune/graph";
import { ratio, shapeOf } from "@prune/graph/advanced";
import { wrap } from "@prune/graph/rules";
import type { Draft } from "../cut/draft.js";
import { flag } from "../node.js";
import type { GraphModelSource } from "../source.js";
import { findCentred } from "./centred.js";

/**
 * What norms and means over a cut axis take their statistics over: "live", what is left of it; "masked", all positions
 * that the original has there, what left being zero.
 */
export type Norms = "live" | "masked";

/**
 * Makes the means of a cut model, and so its norms, count what left as zero. With n' of n positions left, a mean over n
 * is n'/n times that of the living; one of squares around a mean gets (n-n')/n times the square of that mean, where
 * what left lies. Gives the names of the nodes that something left from.
 */
export function compensate(
  source: GraphModelSource,
  trace: Trace,
  cut: Cut,
  draft: Draft,
): readonly string[] {
  const centredOf = findCentred(source.nodes);
  const changed: string[] = [];
  const number = (base: string, value: number): string =>
    draft.constant(base, { shape: [], dtype: "float32" }, new Uint8Array(Float32Array.of(value).buffer));
  const attr = { T: { type: "DT_FLOAT" } };
  for (const node of source.nodes) {
    if (node.op !== "Mean") continue;
    const left = shareOf(node.inputs, trace, cut);
    if (left === 1) continue;
    const { name } = node;
    const of = draft.add({ ...draft.node(name), name: `${name}_of_left` });
    const centred = centredOf(node);
    const scaled = { op: "Mul", input: [of, number(`${name}_share`, left)], attr };
    changed.push(name);
    if (!centred) {
      draft.edit(name, scaled);
      continue;
    }
    const add = (op: string, input: readonly string[]): string =>
      draft.add({ name: `${name}_${op}`, op, input, attr });
    const mean = flag(node, "keep_dims")
      ? centred.mean
      : flat(draft, node.inputs[1] as string, centred.mean, name);
    const gone = add("Mul", [add("Square", [mean]), number(`${name}_gone`, 1 - left)]);
    draft.edit(name, { op: "AddV2", input: [draft.add({ name: `${name}_left`, ...scaled }), gone], attr });
  }
  return changed;
}

/** A mean that kept its dims, without them. */
const flat = (draft: Draft, axes: string, mean: string, name: string): string =>
  draft.add({
    name: `${name}_mean`,
    op: "Sum",
    input: [mean, axes],
    attr: { T: { type: "DT_FLOAT" }, Tidx: { type: "DT_INT32" }, keep_dims: { b: false } },
  });

/** n' / n of the dims that a Mean runs over. */
function shareOf([input = "", axes]: readonly string[], trace: Trace, cut: Cut): number {
  const layout = trace.tensors.get(input)?.layout;
  const dims = trace.tensor(axes)?.data;
  if (!layout || !dims) return 1;
  const [before, after] = [shapeOf(layout), cut.shape(input)];
  return dims.reduce<number>((share, d) => {
    const dim = wrap(d as number, layout.rank);
    const [was, is] = [before[dim], after[dim]];
    if (was === undefined || is === undefined || was === is) return share;
    const [p, q] = ratio(is, was) ?? [1, 1];
    return (share * p) / q;
  }, 1);
}
