import type { Kit } from "@prune/graph";
import { type Dim, type Layout, multiply, type Outcome, product, symbol } from "@prune/graph/advanced";
import {
  expand as expanded,
  ones,
  range,
  says,
  shuffled,
  squeeze as squeezed,
  unsqueeze as unsqueezed,
  withRest,
  wrap,
} from "@prune/graph/rules";
import { constant } from "../fold/constant.js";
import { movement as foldMovement } from "../fold/movement.js";
import { reshape as foldReshape } from "../fold/reshape.js";
import { impossibleAxes } from "../validate/shapes/axes.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { minus } from "./contents.js";
import { has, int, ints, type OnnxNode, type OnnxRule } from "./node.js";
import { bare, type OperatorTable } from "./record.js";

const shape: OnnxRule = (node, kit) => {
  const value = kit.raw(0);
  if (!value?.layout) return { layout: undefined };
  const dims = kit.shape(value);
  const data = dims.slice(
    wrap(int(node, "start", 0), dims.length),
    wrap(int(node, "end", dims.length), dims.length),
  );
  return { layout: kit.fixed([data.length]), data };
};

const size: OnnxRule = (_, kit) => {
  const value = kit.raw(0);
  if (!value?.layout) return { layout: undefined };
  return { layout: kit.fixed([]), data: [product(kit.shape(value))] };
};

/** The new shape with 0 (copy) and -1 (infer) resolved. */
const resolved = (want: readonly Dim[], have: readonly Dim[], zero: boolean): Dim[] | undefined =>
  withRest(
    want.map((d, i) => (d === 0 && !zero ? (have[i] as Dim) : d)),
    have,
  );

const partOfShuffle = (node: OnnxNode, kit: Kit): Outcome | undefined =>
  node.shuffle && shuffled(node.shuffle, node, kit, (want, have) => resolved(want, have, false));

const reshape: OnnxRule = (node, kit) => {
  const moved = partOfShuffle(node, kit);
  if (moved) return moved;
  const x = kit.layout(0);
  const want = ints(node, "shape") ?? kit.data(1);
  if (!want) return kit.opaque("the new shape is known only at run time");
  const to = resolved(want, kit.shape(x), int(node, "allowzero", 0) === 1);
  if (!to)
    return (
      withLastDims(node, kit, x, want) ??
      kit.opaque("the new shape can't be worked out from the sizes that are known")
    );
  if (to.includes(0)) {
    kit.pin(x, undefined, "nothing to reshape", "empty");
    return kit.fixed(to);
  }
  const y = kit.reshape(x, to);
  kit.patch((cut) => {
    const now = cut.shape(y);
    const next = want.map((d, i) =>
      d === -1 || (d === 0 && !int(node, "allowzero", 0)) ? d : (now[i] as Dim),
    );
    return ints(node, "shape") ? { attributes: { shape: next as number[] } } : { inputs: { 1: next } };
  });
  return { layout: y, data: kit.raw(0)?.data };
};

/** Dims before the last are regrouped in a way that only a run can tell; the last ones, of equal sizes, stay what they are. */
function withLastDims(node: OnnxNode, kit: Kit, x: Layout, want: readonly Dim[]): Layout | undefined {
  const have = kit.shape(x);
  let last = 0;
  while (
    last < Math.min(have.length, want.length) &&
    typeof have.at(-1 - last) === "number" &&
    (have.at(-1 - last) as number) > 0 &&
    have.at(-1 - last) === want.at(-1 - last)
  )
    last++;
  if (last === 0) return undefined;
  const lead = range(have.length - last);
  kit.pin(x, lead, "regrouped in a way that is known only at run time", "dynamic");
  const before = want.length - last;
  const kept = kit.redim(
    kit.drop(x, lead),
    want.map((_, d) => (d < before ? -1 : d - before + have.length - last)),
  );
  const y = range(before).reduce<Layout>((layout, d) => {
    const size =
      want[d] === -1 ? symbol(`rest of ${node.outputs[0]}`) : want[d] === 0 ? (have[d] as Dim) : want[d];
    return kit.resize(layout, d, size as Dim);
  }, kept);
  kit.patch((cut) => {
    const next = [...want.slice(0, before), ...cut.shape(y).slice(before)];
    return ints(node, "shape") ? { attributes: { shape: next as number[] } } : { inputs: { 1: next } };
  });
  return y;
}

const flatten: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = kit.shape(x);
  const axis = wrap(int(node, "axis", 1), dims.length);
  return kit.reshape(x, [product(dims.slice(0, axis)), product(dims.slice(axis))]);
};

const transpose: OnnxRule = (node, kit) => {
  const moved = partOfShuffle(node, kit);
  if (moved) return moved;
  const x = kit.layout(0);
  return {
    layout: kit.permute(x, ints(node, "perm") ?? range(x.rank).reverse()),
    data: x.rank < 2 ? kit.raw(0)?.data : undefined,
  };
};

const axesOf = (node: OnnxNode, kit: Kit): readonly number[] | undefined =>
  ints(node, "axes") ??
  (kit.data(1)?.every((d) => typeof d === "number") ? (kit.data(1) as number[]) : undefined);

const squeeze: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const some = has(node, 1) || node.attributes.has("axes");
  const axes = some ? axesOf(node, kit) : undefined;
  if (some && !axes) return kit.opaque("squeezed dims are known only at run time");
  const gone = axes?.map((d) => wrap(d, x.rank)) ?? ones(kit.shape(x));
  // Without axes it drops all dims of 1, which a cut may make more of.
  if (!some && gone.length > 0)
    kit.patch(() => (node.opset < 13 ? { attributes: { axes: gone } } : { inputs: { 1: gone } }));
  return { layout: squeezed(kit, x, gone), data: kit.raw(0)?.data };
};

const unsqueeze: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axes = axesOf(node, kit);
  if (!axes) return kit.opaque("new dims are known only at run time");
  const made = axes.map((d) => wrap(d, x.rank + axes.length));
  return { layout: unsqueezed(kit, x, made), data: kit.raw(0)?.data };
};

const expand: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  const target = kit.data(1);
  if (!target) return kit.opaque("the expanded shape is known only at run time");
  return expanded(kit, x, target);
};

/** Copies side by side are a broadcast dim of their own beside what they repeat. */
const tile: OnnxRule = (_, kit) => {
  const repeats = kit.data(1);
  if (!repeats) return kit.opaque("repeats are known only at run time");
  const copies = new Map<number, Layout>();
  const y = repeats.reduce<Layout>((layout, times, d) => {
    if (times === 1) return layout;
    const sizes = kit.shape(layout);
    const beside = [...range(d), -1, ...range(layout.rank - d).map((i) => d + i)];
    const grown = kit.grow(kit.redim(layout, beside), d, times);
    copies.set(d, grown);
    return kit.reshape(
      grown,
      sizes.map((n, i) => (i === d ? multiply(n, times) : n)),
    );
  }, kit.layout(0));
  kit.patch((cut) => {
    const left = (grown: Layout | undefined, d: number): Dim | undefined => grown && cut.shape(grown)[d];
    return { inputs: { 1: repeats.map((times, d) => left(copies.get(d), d) ?? times) } };
  });
  return y;
};

const constantOfShape: OnnxRule = (node, kit) => {
  const dims = kit.data(0);
  if (!dims) {
    kit.pin(kit.layout(0), undefined, "sizes known only at run time", "dynamic");
    const rank = kit.shape(0)[0];
    if (typeof rank !== "number") return { layout: undefined };
    return kit.fixed(range(rank).map((d) => symbol(`size ${d} of ${node.outputs[0]}`)));
  }
  const layout = kit.fresh(dims, range(dims.length));
  kit.patch((cut) => ({ inputs: { 0: [...cut.shape(layout)] } }));
  return { layout, data: repeated(node, dims) };
};

/** Contents of a ConstantOfShape that may be a list of sizes. */
function repeated(node: OnnxNode, dims: readonly Dim[]): number[] | undefined {
  const total = product(dims);
  if (dims.length > 1 || typeof total !== "number" || total > 4096) return undefined;
  const value = node.attributes.get("value");
  const cell = value?.kind === "tensor" && value.value.dtype !== "other" ? value.value.tensor().data[0] : 0;
  return new Array<number>(total).fill(cell ?? 0);
}

const rangeRule: OnnxRule = (node, kit) => {
  const [start, limit, delta] = [kit.data(0)?.[0], kit.data(1)?.[0], kit.data(2)?.[0]];
  const span = start !== undefined && limit !== undefined ? minus(limit, start) : undefined;
  if (typeof span === "number" && typeof delta === "number")
    return kit.fixed([Math.max(0, Math.ceil(span / delta))]);
  return kit.fixed([delta === 1 && span !== undefined ? span : symbol(`length of ${node.outputs[0]}`)]);
};

const still = { ...bare, channels: "moved", isFollowed: true, moves: [0] } as const;

const turns = says("dims as they move");

const regroups = says(
  "positions as they lie in memory: flattened, split into heads, merged, shuffled",
  "what a size known only at run time cuts through",
);

const measures = says("nothing: sizes are followed as numbers, and rewritten where a cut changes them");

/** Operators on shapes: they regroup, drop or repeat positions. */
export const shapes: OperatorTable = {
  Shape: { ...bare, rule: shape, support: measures, fold: constant.Shape, types: ["int64"], tellsSize: true },
  Size: { ...bare, rule: size, support: measures, fold: constant.Size, types: ["int64"], tellsSize: true },
  Reshape: {
    ...still,
    rule: reshape,
    support: regroups,
    fold: foldReshape.Reshape,
    impossible: impossibleOperands.Reshape,
    isExact: true,
  },
  Flatten: {
    ...still,
    rule: flatten,
    support: regroups,
    fold: foldReshape.Flatten,
    impossible: impossibleAxes.Flatten,
    isExact: true,
  },
  Transpose: {
    ...still,
    rule: transpose,
    support: turns,
    fold: foldMovement.Transpose,
    impossible: impossibleAxes.Transpose,
    isExact: true,
  },
  Squeeze: {
    ...still,
    rule: squeeze,
    support: turns,
    fold: foldReshape.Squeeze,
    impossible: impossibleAxes.Squeeze,
    isExact: true,
  },
  Unsqueeze: {
    ...still,
    rule: unsqueeze,
    support: turns,
    fold: foldReshape.Unsqueeze,
    impossible: impossibleAxes.Unsqueeze,
    isExact: true,
  },
  Expand: {
    ...still,
    rule: expand,
    support: says("positions; copies may leave on their own (query heads of a shared key)"),
    fold: foldMovement.Expand,
    scales: true,
    impossible: impossibleOperands.Expand,
    isExact: true,
  },
  Tile: {
    ...bare,
    rule: tile,
    support: says("every repetition of a position", "an axis repeated a run-time number of times"),
    fold: foldMovement.Tile,
    moves: [0],
    impossible: impossibleAxes.Tile,
    isExact: true,
  },
  ConstantOfShape: {
    ...bare,
    rule: constantOfShape,
    support: says(
      "a layer's weights made of one number, as if they were stored: a cut changes the size alone",
      "sizes known only at run time",
    ),
    fold: constant.ConstantOfShape,
    isFollowed: true,
    impossible: impossibleOperands.ConstantOfShape,
  },
  Range: { ...bare, rule: rangeRule, support: measures, fold: constant.Range, decides: "all", isExact: true },
};
