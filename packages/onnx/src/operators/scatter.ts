import type { Kit } from "@prune/graph";
import { dimIsNamed, type Layout, type NodePatch, type Patching, type Value } from "@prune/graph/advanced";
import { numbers, range, says, wrap } from "@prune/graph/rules";
import { scatter } from "../fold/scatter.js";
import { impossibleAxes } from "../validate/shapes/axes.js";
import { besideIndex } from "./detection.js";
import { int, type OnnxRule } from "./node.js";
import { indexOf, type Listed, listed } from "./positions.js";
import { bare, type OperatorTable } from "./record.js";

const labelsOf = (rank: number): string[] => range(rank).map((d) => `d${d}`);

/** Contents and shape of a constant index. */
function known(kit: Kit, i: number): { index: ArrayLike<number>; shape: readonly number[] } | undefined {
  const shape = numbers(kit.shape(kit.raw(i) as Value));
  const index = shape && kit.positions(i);
  return index && { index, shape };
}

const sizeOf = (x: Layout, kit: Kit, dim: number): number | undefined => {
  const size = kit.shape(x)[dim];
  return typeof size === "number" ? size : undefined;
};

/**
 * x with updates written to a block of it: what is written and what it replaces leave together.
 *
 * @param columns the positions written to, of the dims that are indexed
 * @param dims of the updates, for every dim of x; -1 for none
 */
function written(
  kit: Kit,
  x: Layout,
  updates: Layout,
  columns: ReadonlyMap<number, Listed>,
  dims: readonly number[],
): void {
  const labels = labelsOf(x.rank);
  const sizes = kit.shape(x);
  const block = range(x.rank).reduce((part, d) => {
    const column = columns.get(d);
    const n = kit.shape(updates)[dims[d] as number];
    if (column) return kit.take(part, d, column.positions);
    return typeof n === "number" && n !== sizes[d] ? kit.take(part, d, range(n)) : part;
  }, x);
  const own = range(updates.rank).map((u) => labels[dims.indexOf(u)] ?? "");
  kit.meet(
    [
      [block, labels],
      [updates, own],
    ],
    [],
  );
}

/** Positions of a dim after a cut. */
const moved = (cut: Patching, x: Layout, dim: number, { positions, along }: Listed): Listed => ({
  positions: dimIsNamed(x, dim) ? cut.remap(x, dim, positions) : positions,
  along,
});

/** A block that a constant index lists along its axis, or positions along the axis that it lists one by one. */
const scatterElements: OnnxRule = (node, kit) => {
  const [x, updates] = [kit.layout(0), kit.layout(2)];
  const axis = wrap(int(node, "axis", 0), x.rank);
  const at = known(kit, 1);
  const size = sizeOf(x, kit, axis);
  const all = range(x.rank);
  const whole = at && numbers(kit.shape(updates));
  if (!at || size === undefined || String(whole) !== String(at.shape))
    return besideIndex(kit, x, [kit.layout(1), updates], axis, "written to by position");
  const one = alongAxis(at.index, at.shape, axis, size);
  if (one) {
    written(kit, x, updates, new Map([[axis, one]]), all);
    kit.patch((cut): NodePatch => {
      const shape = cut.shape(updates) as number[];
      return { inputs: { 1: { values: indexOf(shape, [moved(cut, x, axis, one)]), shape } } };
    });
    return x;
  }
  kit.pin(x, [axis], "written to by position", "table");
  kit.pin(updates, [axis], "written by position", "table");
  written(
    kit,
    x,
    kit.drop(updates, [axis]),
    new Map(),
    all.map((d) => (d === axis ? -1 : d)),
  );
  kit.patch((cut) => ({ inputs: { 1: filtered(cut, updates, at.index, at.shape) } }));
  return x;
};

/** Positions of an index that are the same wherever along the other dims. */
function alongAxis(
  index: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
  size: number,
): Listed | undefined {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const n = shape[axis] as number;
  const positions = Array.from({ length: n }, (_, i) => wrap(index[i * inner] as number, size));
  if (positions.some((p) => p < 0 || p >= size)) return undefined;
  for (let i = 0; i < index.length; i++)
    if (wrap(index[i] as number, size) !== positions[Math.floor(i / inner) % n]) return undefined;
  return { positions, along: axis };
}

/** An index without what a cut removes of the layout that it lies beside. */
function filtered(
  cut: Patching,
  beside: Layout,
  index: ArrayLike<number>,
  shape: readonly number[],
): { values: number[]; shape: number[] } {
  const kept = shape.map((n, d) => {
    if (!dimIsNamed(beside, d)) return range(n);
    const ranks = range(n).map((i) => cut.remap(beside, d, [i]).length);
    return range(n).filter((i) => ranks[i]);
  });
  let offsets = [0];
  shape.forEach((n, d) => {
    offsets = offsets.flatMap((o) => (kept[d] as number[]).map((i) => o * n + i));
  });
  return { values: offsets.map((o) => index[o] as number), shape: kept.map(({ length }) => length) };
}

const scatterNd: OnnxRule = (_, kit) => {
  const [x, updates] = [kit.layout(0), kit.layout(2)];
  const shape = kit.shape(kit.raw(1) as Value);
  const depth = shape.at(-1);
  if (typeof depth !== "number") return kit.opaque("ScatterND with an index depth known only at run time");
  const rows = shape.length - 1;
  const at = known(kit, 1);
  const columns =
    at &&
    listed(
      at.index,
      at.shape.slice(0, -1),
      range(depth).map((d) => sizeOf(x, kit, d)),
    );
  if (columns) {
    const dims = range(x.rank).map((d) => (d < depth ? (columns[d] as Listed).along : rows + d - depth));
    written(kit, x, updates, new Map(columns.map((column, d) => [d, column])), dims);
    kit.patch((cut) => {
      const left = cut.shape(updates).slice(0, rows) as number[];
      const now = columns.map((column, d) => moved(cut, x, d, column));
      return { inputs: { 1: { values: indexOf(left, now), shape: [...left, depth] } } };
    });
    return x;
  }
  kit.pin(kit.layout(1), undefined, "positions to write to", "data");
  kit.pin(x, range(depth), "written to by position", "table");
  kit.pin(updates, range(rows), "written by position", "table");
  const labels = labelsOf(x.rank);
  const own = range(updates.rank).map((d) => (d < rows ? "" : (labels[depth + d - rows] as string)));
  return kit.meet(
    [
      [x, labels],
      [kit.drop(updates, range(rows)), own],
    ],
    labels,
  );
};

const writes = says(
  "what is written with what it replaces, where a constant index lists whole positions; the other dims",
  "dims that other indices point into",
);

/** Operators that write to positions. */
export const scatters: OperatorTable = {
  Scatter: { ...bare, rule: scatterElements, support: writes, fold: scatter.Scatter, isExact: true },
  ScatterElements: {
    ...bare,
    rule: scatterElements,
    support: writes,
    fold: scatter.ScatterElements,
    impossible: impossibleAxes.ScatterElements,
    isExact: true,
  },
  ScatterND: { ...bare, rule: scatterNd, support: writes, fold: scatter.ScatterND, isExact: true },
};
