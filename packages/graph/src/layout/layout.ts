import { type Dim, divide, product } from "../names/dim.js";

/**
 * How a tensor's positions are named. Every dim is a product of factors (outer to inner; none for size 1), so that
 * flattening, head splits and merges only regroup factors. A factor without a block is fixed: names don't vary
 * along it. A cell lives while the names of all blocks at it live; blocks may overlap.
 */
export interface Layout {
  readonly factors: readonly Dim[];
  /** Dim of each factor, ascending. */
  readonly owner: readonly number[];
  readonly rank: number;
  readonly blocks: readonly Block[];
}

/** Names over a grid of factors, row-major in nested order: every surviving row keeps the same count. */
export interface Block {
  readonly at: readonly number[];
  readonly ids: Int32Array;
}

/** The layout of a shape without names: one factor for each dim, none for dims of size 1. */
export function fixed(shape: readonly Dim[]): Layout {
  const factors: Dim[] = [];
  const owner: number[] = [];
  shape.forEach((size, dim) => {
    if (size === 1) return;
    factors.push(size);
    owner.push(dim);
  });
  return { factors, owner, rank: shape.length, blocks: [] };
}

/** The dims of a tensor of this layout: each the product of its factors, 1 where it has none. */
export function shapeOf(layout: Layout): Dim[] {
  if (isPlain(layout)) return [...layout.factors];
  const shape: Dim[] = new Array(layout.rank).fill(1);
  const groups: Dim[][] = shape.map(() => []);
  layout.owner.forEach((dim, i) => {
    (groups[dim] as Dim[]).push(layout.factors[i] as Dim);
  });
  return groups.map((sizes) => (sizes.length === 1 ? (sizes[0] as Dim) : product(sizes)));
}

/** Whether each dim is one factor, as it is of most tensors. */
function isPlain({ rank, owner }: Layout): boolean {
  if (owner.length !== rank) return false;
  for (let i = 0; i < rank; i++) if (owner[i] !== i) return false;
  return true;
}

/** Positions in `layout.factors` of a dim's factors, outer to inner; none for a dim of size 1. */
export function factorsOf(layout: Layout, dim: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < layout.owner.length; i++) if (layout.owner[i] === dim) found.push(i);
  return found;
}

export const sizesOf = (layout: Layout, at: readonly number[]): number[] =>
  at.map((i) => layout.factors[i] as number);

/** Whether names vary along a factor, by its position in `layout.factors`. */
export const isNamed = (layout: Layout, factor: number): boolean =>
  layout.blocks.some((block) => block.at.includes(factor));

/** Whether names vary along a dim: some block lies over one of its factors. */
export const dimIsNamed = (layout: Layout, dim: number): boolean =>
  layout.blocks.some((block) => block.at.some((i) => layout.owner[i] === dim));

/** Rearranges names: cell (k0, k1, ...) of the result, over `sizes`, is `ids[sum of k * strides]`. */
export function gather(ids: Int32Array, sizes: readonly number[], strides: readonly number[]): Int32Array {
  let total = 1;
  for (const size of sizes) total *= size;
  const out = new Int32Array(total);
  if (total === 0) return out;
  const last = sizes.length - 1;
  if (last < 0) {
    out[0] = ids[0] as number;
    return out;
  }
  const inner = sizes[last] as number;
  const step = strides[last] as number;
  const counter = new Array<number>(sizes.length).fill(0);
  let base = 0;
  for (let o = 0; o < total; o += inner) {
    for (let k = 0, i = base; k < inner; k++, i += step) out[o + k] = ids[i] as number;
    for (let d = last - 1; d >= 0; d--) {
      const next = (counter[d] as number) + 1;
      base += strides[d] as number;
      if (next < (sizes[d] as number)) {
        counter[d] = next;
        break;
      }
      base -= next * (strides[d] as number);
      counter[d] = 0;
    }
  }
  return out;
}

/** Row-major strides of sizes. */
export function stridesOf(sizes: readonly number[]): number[] {
  const strides = new Array<number>(sizes.length);
  let stride = 1;
  for (let i = sizes.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= sizes[i] as number;
  }
  return strides;
}

/** A block's names over other factors: reordered, and repeated along those it does not have. */
export function spread(layout: Layout, block: Block, at: readonly number[]): Int32Array {
  if (at.length === block.at.length && at.every((f, i) => f === block.at[i])) return block.ids;
  const own = stridesOf(sizesOf(layout, block.at));
  const strides = at.map((f) => {
    const i = block.at.indexOf(f);
    return i < 0 ? 0 : (own[i] as number);
  });
  return gather(block.ids, sizesOf(layout, at), strides);
}

/** Splits one factor in two, outer first; undefined when it does not divide. */
export function split(layout: Layout, factor: number, inner: Dim): Layout | undefined {
  const outer = divide(layout.factors[factor] as Dim, inner);
  if (outer === undefined) return undefined;
  const shift = (i: number): number[] => (i < factor ? [i] : i === factor ? [i, i + 1] : [i + 1]);
  return {
    factors: layout.factors.flatMap((size, i) => (i === factor ? [outer, inner] : [size])),
    owner: layout.owner.flatMap((dim, i) => (i === factor ? [dim, dim] : [dim])),
    rank: layout.rank,
    blocks: layout.blocks.map((block) => ({ at: block.at.flatMap(shift), ids: block.ids })),
  };
}
