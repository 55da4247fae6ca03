import { type Dim, type Kit, type Layout, multiply, type Outcome, product, symbol } from "@prune/graph";
import {
  expand,
  ones,
  range,
  shuffled,
  squeeze as squeezed,
  unsqueeze,
  withRest,
  wrap,
} from "@prune/graph/rules";
import { int, ints, type Rules, type TfNode, type TfRule } from "../node.js";

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

const counted = (node: TfNode): Dim => symbol(`length of ${node.outputs[0]}`);

/** Operators on shapes: they regroup, drop or repeat positions. */
export const shapes: Rules = {
  Shape: shape,
  ShapeN: shape,
  Size: size,
  Rank: rank,
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: squeeze,
  ExpandDims: expandDims,
  Pack: pack,
  Unpack: unpack,
  BroadcastTo: broadcastTo,
  Tile: tile,
  Fill: fill,
  Range: (node, kit) => kit.fixed([counted(node)]),
  LinSpace: (node, kit) => kit.fixed([kit.data(2)?.[0] ?? counted(node)]),
};
