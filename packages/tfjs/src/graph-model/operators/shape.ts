import type { Kit } from "@prune/graph";
import { type Dim, type Layout, multiply, type Outcome, product, symbol } from "@prune/graph/advanced";
import {
  expand,
  firstFault,
  ones,
  range,
  says,
  shuffled,
  squeeze as squeezed,
  unsqueeze,
  withRest,
  wrap,
} from "@prune/graph/rules";
import { allAlike, attributeAxes, eachDim, list, newAxis, reshaped } from "../../validate/shapes/operands.js";
import { movement } from "../contents/movement.js";
import { squeezed as beforeSqueezing, expanded, transposed } from "../demands.js";
import { int, ints, type TfNode, type TfRule } from "../node.js";
import { bare, type OperatorTable } from "./record.js";

const shape: TfRule = (node, kit) => node.inputs.map((_, i) => measured(kit, i));

function measured(kit: Kit, i: number): { layout: Layout | undefined; data?: readonly Dim[] } {
  const value = kit.raw(i);
  if (!value?.layout) return { layout: undefined };
  const data = kit.shape(value);
  return { layout: kit.fixed([data.length]), data };
}

const size: TfRule = (_, kit) => {
  const value = kit.raw(0);
  if (!value?.layout) return { layout: undefined };
  return { layout: kit.fixed([]), data: [product(kit.shape(value))] };
};

const rank: TfRule = (_, kit) => {
  const value = kit.raw(0);
  if (!value?.layout) return { layout: undefined };
  return { layout: kit.fixed([]), data: [kit.shape(value).length] };
};

const partOfShuffle = (node: TfNode, kit: Kit): Outcome | undefined =>
  node.shuffle && shuffled(node.shuffle, node, kit, withRest);

const reshape: TfRule = (node, kit) => {
  const moved = partOfShuffle(node, kit);
  if (moved) return moved;
  const x = kit.layout(0);
  const want = kit.data(1);
  if (!want) return kit.opaque("the new shape is known only at run time");
  const to = withRest(want, kit.shape(x));
  if (!to) return kit.opaque("the new shape can't be worked out from the sizes that are known");
  const y = kit.reshape(x, to);
  kit.patch((cut) => {
    const now = cut.shape(y);
    return { inputs: { 1: want.map((d, i) => (d === -1 ? d : (now[i] as Dim))) } };
  });
  return { layout: y, data: kit.raw(0)?.data };
};

const transpose: TfRule = (node, kit) => {
  const moved = partOfShuffle(node, kit);
  if (moved) return moved;
  const x = kit.layout(0);
  const perm = kit.data(1);
  if (!perm?.every((d) => typeof d === "number")) return kit.opaque("the order is known only at run time");
  return { layout: kit.permute(x, perm as number[]), data: x.rank < 2 ? kit.raw(0)?.data : undefined };
};

const squeeze: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const given = ints(node, "squeeze_dims") ?? ints(node, "axis") ?? [];
  const gone = given.length > 0 ? given.map((d) => wrap(d, x.rank)) : ones(kit.shape(x));
  // Without dims it drops all of 1, which a cut may make more of.
  if (given.length === 0 && gone.length > 0) kit.patch(() => ({ attributes: { squeeze_dims: gone } }));
  return { layout: squeezed(kit, x, gone), data: kit.raw(0)?.data };
};

const expandDims: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const axis = kit.data(1)?.[0];
  if (typeof axis !== "number") return kit.opaque("the new dim is known only at run time");
  return { layout: unsqueeze(kit, x, [wrap(axis, x.rank + 1)]), data: kit.raw(0)?.data };
};

const pack: TfRule = (node, kit) => {
  const layouts = node.inputs.map((_, i) => kit.layout(i));
  const axis = wrap(int(node, "axis", 0), (layouts[0] as Layout).rank + 1);
  return kit.concat(
    layouts.map((layout) => unsqueeze(kit, layout, [axis])),
    axis,
  );
};

const unpack: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", 0), x.rank);
  const rest = range(x.rank).filter((d) => d !== axis);
  return node.outputs.map((_, i) => kit.redim(kit.take(x, axis, [i]), rest));
};

/** Sizes of a dim of 1 that is repeated. */
const broadcastTo: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const want = kit.data(1);
  if (!want) return kit.opaque("the shape is known only at run time");
  return expand(kit, x, want);
};

const tile: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const repeats = kit.data(1);
  if (!repeats) return kit.opaque("repeats are known only at run time");
  const dims = kit.shape(x);
  return repeats.reduce<Layout>((layout, times, d) => {
    const n = dims[d] as Dim;
    if (times === 1) return layout;
    if (n === 1) return kit.resize(layout, d, times);
    if (typeof n !== "number" || typeof times !== "number") {
      kit.pin(layout, [d], "repeated a number of times known only at run time", "dynamic");
      return kit.resize(layout, d, multiply(n, times));
    }
    return kit.take(
      layout,
      d,
      range(n * times).map((i) => i % n),
    );
  }, x);
};

const fill: TfRule = (node, kit) => {
  const dims = kit.data(0);
  if (dims) {
    const layout = kit.fresh(dims, range(dims.length));
    kit.patch((cut) => ({ inputs: { 0: cut.shape(layout) } }));
    return layout;
  }
  const n = kit.shape(0)[0];
  if (typeof n !== "number") return { layout: undefined };
  return kit.fixed(range(n).map((d) => symbol(`size ${d} of ${node.outputs[0]}`)));
};

/** Of two ranks; one that is open is the other's. */
const greater = (a: Dim, b: Dim): Dim =>
  typeof a === "number" && typeof b === "number" ? Math.max(a, b) : typeof a === "number" ? b : a;

const counted = (node: TfNode): Dim => symbol(`length of ${node.outputs[0]}`);

const sizes = {
  ...bare,
  inputs: 1,
  support: says("nothing: sizes are followed as numbers, and stay the original's"),
  measures: true,
} as const;

const moved = {
  ...bare,
  inputs: 2,
  support: says(
    "positions as they lie in memory: flattened, split into heads, merged, shuffled",
    "what a size known only at run time cuts through",
  ),
  isFollowed: true,
} as const;

const asTheyMove = says("dims as they move");

const made = {
  ...bare,
  support: says("nothing: what it gives is counted, not computed from activations"),
} as const;

/** Operators on shapes: they regroup, drop or repeat positions. */
export const shapes: OperatorTable = {
  Shape: { ...sizes, rule: shape, contents: movement.Shape },
  ShapeN: { ...sizes, most: Infinity, rule: shape, outputs: {} },
  Size: { ...sizes, rule: size, contents: movement.Size },
  Rank: { ...sizes, rule: rank, contents: movement.Rank },
  Reshape: {
    ...moved,
    rule: reshape,
    impossible: firstFault<TfNode>(list(1), reshaped),
    contents: movement.Reshape,
  },
  Transpose: {
    ...moved,
    rule: transpose,
    impossible: firstFault<TfNode>(list(1), eachDim(1)),
    contents: movement.Transpose,
    demands: transposed,
    support: asTheyMove,
  },
  Squeeze: {
    ...moved,
    rule: squeeze,
    impossible: attributeAxes(["squeeze_dims", "axis"]),
    inputs: 1,
    contents: movement.Squeeze,
    demands: beforeSqueezing,
    support: asTheyMove,
  },
  ExpandDims: {
    ...moved,
    rule: expandDims,
    impossible: firstFault<TfNode>(list(1), newAxis),
    contents: movement.ExpandDims,
    demands: expanded,
    support: asTheyMove,
  },
  Pack: {
    ...bare,
    rule: pack,
    impossible: firstFault<TfNode>(allAlike, attributeAxes(["axis"], 1)),
    inputs: 1,
    most: Infinity,
    contents: movement.Pack,
    support: says("positions as they are joined; the other dims of all parts"),
  },
  Unpack: {
    ...bare,
    rule: unpack,
    impossible: attributeAxes(["axis"]),
    inputs: 1,
    contents: movement.Unpack,
    support: says("the other dims", "the axis that is taken apart"),
    outputs: { count: (node) => int(node, "num", 1) },
  },
  BroadcastTo: {
    ...moved,
    rule: broadcastTo,
    impossible: list(1),
    contents: movement.BroadcastTo,
    support: says("positions; copies may leave on their own (query heads of a shared key)"),
  },
  Tile: {
    ...bare,
    rule: tile,
    impossible: firstFault<TfNode>(list(1), eachDim(1)),
    inputs: 2,
    contents: movement.Tile,
    support: says("every repetition of a position", "an axis repeated a run-time number of times"),
  },
  Fill: {
    ...moved,
    rule: fill,
    impossible: list(0),
    contents: movement.Fill,
    support: says(
      "a layer's weights made of one number, as if they were stored: a cut changes the size alone",
    ),
  },
  BroadcastArgs: {
    ...made,
    rule: (_, kit) => kit.fixed([greater(kit.shape(0)[0] as Dim, kit.shape(1)[0] as Dim)]),
    inputs: 2,
    contents: movement.BroadcastArgs,
    support: says("nothing: sizes are followed as numbers"),
  },
  Range: {
    ...made,
    rule: (node, kit) => kit.fixed([counted(node)]),
    inputs: 3,
    contents: movement.Range,
  },
  LinSpace: {
    ...made,
    rule: (node, kit) => kit.fixed([kit.data(2)?.[0] ?? counted(node)]),
    inputs: 3,
  },
};
