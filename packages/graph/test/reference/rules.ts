import type { Kit, Rule } from "@prune/graph";
import { dimIsNamed, type Layout, Note } from "@prune/graph/advanced";
import type { ReferenceNode } from "./reference-graph.js";

type ReferenceRule = Rule<ReferenceNode>;

const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);
const one = (node: ReferenceNode, name: string): number => node.attributes[name] as number;
const list = (node: ReferenceNode, name: string): readonly number[] =>
  node.attributes[name] as readonly number[];
const letters = (prefix: string, n: number): string[] => range(n).map((i) => `${prefix}${i}`);
const numbers = (dims: readonly unknown[]): number[] => dims as number[];

const same: ReferenceRule = (_, kit) => kit.layout(0);
const broadcast: ReferenceRule = (_, kit) => kit.broadcast();

const matmul: ReferenceRule = (_, kit) => {
  const [a, b] = [kit.raw(0), kit.raw(1)];
  if (!a?.layout || !b?.layout) return kit.opaque();
  const batch = letters("b", Math.max(a.layout.rank, b.layout.rank) - 2);
  return kit.meet(
    [
      [a, [...batch.slice(batch.length - a.layout.rank + 2), "m", "k"]],
      [b, [...batch.slice(batch.length - b.layout.rank + 2), "k", "n"]],
    ],
    [...batch, "m", "n"],
  );
};

const conv: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [2], "a window slides along the axis", "window");
  const weight = kit.raw(1);
  if (!weight?.layout) return kit.opaque();
  const [out, inner, width] = numbers(kit.shape(weight)) as [number, number, number];
  const group = one(node, "group");
  if (!weight.parameter) kit.pin(weight.layout, [2], "kernel", "kernel");
  if (group === 1)
    return kit.meet(
      [
        [x, ["n", "c", "l"]],
        [kit.some(1, [0, 1]), ["o", "c", ""]],
      ],
      ["n", "o", "l"],
    );
  const w = kit.some(1, [0]);
  const input = kit.grid(x, 1, group);
  const filters = kit.grid(w, 0, group);
  if (!input || !filters) return kit.opaque();
  kit.meet(
    [
      [input.rows, ["g", ""]],
      [filters.rows, ["g", ""]],
    ],
    ["g"],
  );
  if (inner > 1) {
    if (weight.parameter) kit.select(1, [group, out / group, inner, width], [0, 2], input.cells, "in");
    else
      kit.meet(
        [
          [input.cells, ["g", "i"]],
          [kit.layout(1), ["", "i", ""]],
        ],
        ["g"],
      );
  }
  kit.patch((cut) => ({ attributes: { group: cut.shape(input.rows)[0] as number } }));
  return kit.meet(
    [
      [x, ["n", "x", "l"]],
      [w, ["o", "", ""]],
    ],
    ["n", "o", "l"],
  );
};

const reshape: ReferenceRule = (node, kit) => {
  const y = kit.reshape(kit.layout(0), list(node, "shape"));
  kit.patch((cut) => ({ attributes: { shape: numbers(cut.shape(y)) } }));
  return y;
};

const take: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = one(node, "axis");
  const index = list(node, "index");
  if (dimIsNamed(x, axis)) kit.patch((cut) => ({ attributes: { index: cut.remap(x, axis, index) } }));
  return kit.take(x, axis, index);
};

const split: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = one(node, "axis");
  const sizes = list(node, "sizes");
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const parts = sizes.map((n, i) => kit.take(x, axis, range(n, starts[i])));
  kit.patch((cut) => ({ attributes: { sizes: parts.map((part) => cut.shape(part)[axis] as number) } }));
  return parts;
};

const expand: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const target = list(node, "shape");
  const have = kit.shape(x);
  const y = target.reduce<Layout>(
    (layout, n, d) => (n !== 1 && have[d] === 1 ? kit.grow(layout, d, n) : layout),
    x,
  );
  kit.patch((cut) => ({
    attributes: { shape: target.map((n, d) => (n === 1 ? 1 : (cut.shape(y)[d] as number))) },
  }));
  return y;
};

const tile: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = one(node, "axis");
  const n = kit.shape(x)[axis] as number;
  const times = one(node, "times");
  if (n === 1) return kit.resize(x, axis, times);
  return kit.take(
    x,
    axis,
    range(n * times).map((i) => i % n),
  );
};

const pad: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = one(node, "axis");
  const [before, after] = [one(node, "before"), one(node, "after")];
  const size = kit.shape(x)[axis] as number;
  if (!dimIsNamed(x, axis)) return kit.resize(x, axis, before + size + after);
  const border = (width: number): Layout[] => {
    if (width === 0) return [];
    const only = kit.fresh(
      kit.shape(x).map((_, d) => (d === axis ? width : 1)),
      width > 1 ? [axis] : [],
    );
    const labels = letters("d", x.rank);
    const merged = kit.meet(
      [
        [kit.drop(x, [axis]), labels.map((l, d) => (d === axis ? "" : l))],
        [only, labels.map((l, d) => (d === axis ? l : ""))],
      ],
      labels,
    );
    return [merged];
  };
  const [left, right] = [border(before), border(after)];
  kit.patch((cut) => ({
    attributes: {
      before: left[0] ? (cut.shape(left[0])[axis] as number) : 0,
      after: right[0] ? (cut.shape(right[0])[axis] as number) : 0,
    },
  }));
  return kit.concat([...left, x, ...right], axis);
};

const reduce =
  (note: number): ReferenceRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const axes = list(node, "axes");
    if (note) kit.note(x, axes, note);
    const y = kit.drop(x, axes);
    return one(node, "keep")
      ? y
      : kit.redim(
          y,
          range(x.rank).filter((d) => !axes.includes(d)),
        );
  };

function scaled(
  kit: Kit,
  x: Layout,
  labels: readonly string[],
  own: (rank: number) => readonly string[],
): Layout {
  let y = x;
  for (const i of [1, 2]) {
    const value = kit.own(i);
    if (!value?.layout) continue;
    y = kit.meet(
      [
        [y, labels],
        [value, own(value.layout.rank)],
      ],
      labels,
    );
  }
  return y;
}

const layerNorm: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = one(node, "axis");
  const labels = letters("d", x.rank);
  kit.note(x, range(x.rank - axis, axis), Note.norm);
  return scaled(kit, x, labels, (rank) => labels.slice(x.rank - rank));
};

const groupNorm: ReferenceRule = (node, kit) => {
  const x = kit.layout(0);
  const grid = kit.grid(x, 1, one(node, "groups"));
  if (!grid) return kit.opaque();
  kit.note(x, range(x.rank - 1, 1), Note.norm);
  kit.patch((cut) => ({ attributes: { groups: cut.shape(grid.rows)[0] as number } }));
  return scaled(kit, x, letters("d", x.rank), () => ["d1"]);
};

const lookup: ReferenceRule = (_, kit) => {
  const raw = kit.raw(0);
  if (!raw?.layout) return kit.opaque();
  const rank = raw.layout.rank;
  const table = kit.produce(kit.some(0, range(rank - 1, 1)));
  return kit.resize(kit.drop(table, [0]), 0, kit.shape(1)[0] as number);
};

/** Operator -> how names pass through it. */
export const rules: Readonly<Record<string, ReferenceRule>> = {
  Relu: same,
  Sigmoid: same,
  Tanh: same,
  Cos: same,
  Neg: same,
  Add: broadcast,
  Mul: broadcast,
  Max: broadcast,
  Where: broadcast,
  MatMul: matmul,
  Conv: conv,
  Reshape: reshape,
  Transpose: (node, kit) => kit.permute(kit.layout(0), list(node, "perm")),
  Redim: (node, kit) => kit.redim(kit.layout(0), list(node, "dims")),
  Concat: (node, kit) =>
    kit.concat(
      node.inputs.map((_, i) => kit.layout(i)),
      one(node, "axis"),
    ),
  Take: take,
  Split: split,
  Expand: expand,
  Tile: tile,
  Pad: pad,
  ReduceSum: reduce(0),
  ReduceMean: reduce(Note.norm),
  ReduceMax: reduce(Note.extremum),
  Softmax: (node, kit) => {
    const x = kit.layout(0);
    kit.pin(x, [one(node, "axis")], "Softmax runs along the axis", "softmax");
    return x;
  },
  LayerNorm: layerNorm,
  GroupNorm: groupNorm,
  Lookup: lookup,
};
