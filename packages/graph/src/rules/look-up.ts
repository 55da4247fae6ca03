import { dimIsNamed, type Layout } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { Outcome } from "../trace/graph.js";
import type { Kit } from "../trace/kit.js";
import { numbers } from "./computing.js";
import { range, wrap } from "./dims.js";

/**
 * What a rule says of a look-up: input 1 holds positions of a dim of input 0. Known ones are picked; others need the
 * dim whole. Looked up by what the model is given, a parameter is an embedding; by known numbers, a constant put in
 * order.
 */
export function lookUp(kit: Kit, axis: number): Outcome {
  const raw = kit.raw(0);
  const table = raw?.layout as Layout;
  const index = numbers(kit.data(1));
  const to = kit.shape(1);
  kit.pin(kit.layout(1), undefined, "positions to look up", "data");
  const size = kit.shape(table)[axis] as Dim;
  const listed = table.rank === 1 && raw?.data;
  const data = listed && index ? index.map((i) => listed[wrap(i, listed.length)] as Dim) : undefined;
  if (raw?.parameter) {
    const others = range(table.rank).filter((d) => d !== axis);
    const rows = kit.some(0, others);
    return { layout: replaceDim(kit, index ? rows : kit.produce(rows), axis, to), data };
  }
  const x = kit.layout(0);
  if (!index || typeof size !== "number" || !dimIsNamed(x, axis)) {
    kit.pin(x, [axis], "looked up by positions known only at run time", "table");
    return { layout: replaceDim(kit, x, axis, to), data };
  }
  const at = index.map((i) => wrap(i, size));
  const picked = kit.take(x, axis, at);
  const sizes = [...kit.shape(x).slice(0, axis), ...to, ...kit.shape(x).slice(axis + 1)];
  const y = to.length === 1 ? picked : kit.reshape(picked, sizes);
  kit.patch((cut) => {
    const shape = cut.shape(y).slice(axis, axis + to.length);
    return { inputs: { 1: { values: cut.remap(x, axis, at), shape } } };
  });
  return { layout: y, data };
}

/** The layout with a dim replaced by several fixed ones. */
export function replaceDim(kit: Kit, layout: Layout, dim: number, sizes: readonly Dim[]): Layout {
  const dims = [...range(dim), ...sizes.map(() => -1), ...range(layout.rank - dim - 1, dim + 1)];
  return sized(kit, kit.redim(kit.drop(layout, [dim]), dims), dim, sizes);
}

/** The layout with its first dims replaced by several fixed ones. */
export function replaceFirst(kit: Kit, layout: Layout, count: number, sizes: readonly Dim[]): Layout {
  const dims = [...sizes.map(() => -1), ...range(layout.rank - count, count)];
  return sized(kit, kit.redim(kit.drop(layout, range(count)), dims), 0, sizes);
}

const sized = (kit: Kit, layout: Layout, first: number, sizes: readonly Dim[]): Layout =>
  sizes.reduce<Layout>((y, size, i) => kit.resize(y, first + i, size), layout);
