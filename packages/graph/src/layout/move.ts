import type { Dim } from "../names/dim.js";
import { freshIds, type Names, pinName } from "../names/names.js";
import { type Block, factorsOf, type Layout, sizesOf } from "./layout.js";
import { flattenDim, restrict, separate } from "./regroup.js";

/** Result dim i is source dim perm[i]. */
export function permute(layout: Layout, perm: readonly number[]): Layout {
  const order = perm.flatMap((dim) => factorsOf(layout, dim));
  const place = new Map(order.map((factor, i) => [factor, i]));
  return {
    factors: order.map((i) => layout.factors[i] as Dim),
    owner: order.map((i) => perm.indexOf(layout.owner[i] as number)),
    rank: perm.length,
    blocks: layout.blocks.map((block) => ({
      at: block.at.map((i) => place.get(i) as number),
      ids: block.ids,
    })),
  };
}

/**
 * Result dim i is source dim dims[i], or a new dim of size 1 where that is -1; left out dims must have size 1 (one of
 * a size known only at run time is taken to).
 */
export function redim(layout: Layout, dims: readonly number[]): Layout {
  const gone = layout.owner.findIndex((dim) => !dims.includes(dim));
  if (gone >= 0) return redim(withoutFactor(layout, gone), dims);
  return { ...layout, owner: layout.owner.map((dim) => dims.indexOf(dim)), rank: dims.length };
}

function withoutFactor(layout: Layout, f: number): Layout {
  const shift = (i: number): number => (i < f ? i : i - 1);
  return {
    factors: layout.factors.filter((_, i) => i !== f),
    owner: layout.owner.filter((_, i) => i !== f),
    rank: layout.rank,
    blocks: layout.blocks.map((block) => ({ at: block.at.map(shift), ids: block.ids })),
  };
}

/** Projects the given dims away; they become size 1. */
export function drop(names: Names, layout: Layout, dims: readonly number[], why: number): Layout {
  const gone = (i: number): boolean => dims.includes(layout.owner[i] as number);
  return dropFactors(names, layout, gone, why);
}

function dropFactors(names: Names, layout: Layout, gone: (factor: number) => boolean, why: number): Layout {
  const kept = layout.factors.map((_, i) => i).filter((i) => !gone(i));
  const place = new Map(kept.map((factor, i) => [factor, i]));
  const blocks = layout.blocks.flatMap((block) => {
    const at = block.at.filter((i) => place.has(i));
    return at.length === 0 ? [] : [restrict(names, layout, block, at, why)];
  });
  return {
    factors: kept.map((i) => layout.factors[i] as Dim),
    owner: kept.map((i) => layout.owner[i] as number),
    rank: layout.rank,
    blocks: blocks.map((block) => ({ at: block.at.map((i) => place.get(i) as number), ids: block.ids })),
  };
}

/** A dim of fixed positions of another size, whatever it was before. */
export function resize(names: Names, layout: Layout, dim: number, size: Dim, why: number): Layout {
  const bare = drop(names, layout, [dim], why);
  if (size === 1) return bare;
  const at = bare.owner.filter((d) => d < dim).length;
  const shift = (i: number): number => (i < at ? i : i + 1);
  return {
    factors: [...bare.factors.slice(0, at), size, ...bare.factors.slice(at)],
    owner: [...bare.owner.slice(0, at), dim, ...bare.owner.slice(at)],
    rank: bare.rank,
    blocks: bare.blocks.map((block) => ({ at: block.at.map(shift), ids: block.ids })),
  };
}

/** Repeats a dim of size 1 to n positions with copy names, which no parameter holds. */
export function grow(names: Names, layout: Layout, dim: number, n: Dim): Layout {
  const grown = resize(names, layout, dim, n, 0);
  if (typeof n !== "number" || n === 1) return grown;
  const at = factorsOf(grown, dim);
  return { ...grown, blocks: [...grown.blocks, { at, ids: freshIds(names, n) }] };
}

/** Picks positions of a dim, in order and with repeats. undefined when the dim can't be indexed (named beside a symbolic size). */
export function take(
  names: Names,
  source: Layout,
  dim: number,
  index: ArrayLike<number>,
  why: number,
): Layout | undefined {
  const flat = flattenDim(names, source, dim, why);
  if (!flat) return undefined;
  const f = factorsOf(flat, dim)[0];
  if (f === undefined || !flat.blocks.some((block) => block.at.includes(f))) {
    return resize(names, flat, dim, index.length, why);
  }
  const layout =
    index.length > 1 && contiguous(index) ? flat : separate(names, flat, (block) => inner(block, f), why);
  const blocks = layout.blocks.map((block) =>
    block.at.includes(f) ? taken(layout, block, f, index) : block,
  );
  if (index.length !== 1) {
    return { ...layout, factors: layout.factors.map((size, i) => (i === f ? index.length : size)), blocks };
  }
  for (const block of blocks)
    if (block.at.length === 1 && block.at[0] === f) pinName(names, block.ids[0] as number, why);
  const left = blocks
    .map((block) => ({ at: block.at.filter((i) => i !== f), ids: block.ids }))
    .filter((block) => block.at.length > 0);
  const shift = (i: number): number => (i < f ? i : i - 1);
  return {
    factors: layout.factors.filter((_, i) => i !== f),
    owner: layout.owner.filter((_, i) => i !== f),
    rank: layout.rank,
    blocks: left.map((block) => ({ at: block.at.map(shift), ids: block.ids })),
  };
}

/** Where rows may lose different columns, picking columns out of order would pick different ones in each row. */
const inner = (block: Block, f: number): readonly (readonly number[])[] | undefined =>
  block.at.indexOf(f) > 0 ? [block.at.filter((i) => i !== f), [f]] : undefined;

function contiguous(index: ArrayLike<number>): boolean {
  for (let i = 1; i < index.length; i++) if (index[i] !== (index[i - 1] as number) + 1) return false;
  return true;
}

function taken(layout: Layout, block: Block, f: number, index: ArrayLike<number>): Block {
  const sizes = sizesOf(layout, block.at);
  const axis = block.at.indexOf(f);
  const n = sizes[axis] as number;
  const inner = sizes.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = block.ids.length / (n * inner);
  const ids = new Int32Array(outer * index.length * inner);
  let o = 0;
  for (let r = 0; r < outer; r++)
    for (let k = 0; k < index.length; k++) {
      const from = (r * n + (index[k] as number)) * inner;
      ids.set(block.ids.subarray(from, from + inner), o);
      o += inner;
    }
  return { at: block.at, ids };
}
