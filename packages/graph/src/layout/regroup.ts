import { type Dim, divide, multiply } from "../names/dim.js";
import { conjunction, type Names } from "../names/names.js";
import { project } from "../names/project.js";
import { type Block, factorsOf, type Layout, sizesOf, split, spread } from "./layout.js";

/** Makes blocks products of their axes wherever `where` holds, so that each axis is named on its own. */
export function separate(
  names: Names,
  layout: Layout,
  apart: (block: Block) => readonly (readonly number[])[] | undefined,
  why: number,
): Layout {
  const blocks = layout.blocks.flatMap((block) => {
    const parts = apart(block);
    if (!parts) return [block];
    return parts.map((at) => restrict(names, layout, block, at, why));
  });
  return { ...layout, blocks };
}

/** The block's names over some of its factors, in nested order. */
export function restrict(
  names: Names,
  layout: Layout,
  block: Block,
  at: readonly number[],
  why: number,
): Block {
  const keep = block.at.map((i) => at.includes(i));
  if (keep.every(Boolean)) return block;
  return {
    at: block.at.filter((_, i) => keep[i]),
    ids: project(names, block.ids, sizesOf(layout, block.at), keep, why),
  };
}

/** One block over the given factors (data order), joining every block that touches any of them. */
export function joined(names: Names, layout: Layout, at: readonly number[]): Block | undefined {
  const touching = layout.blocks.filter((block) => block.at.some((i) => at.includes(i)));
  if (touching.length === 0) return undefined;
  const others = [...new Set(touching.flatMap((block) => block.at))].filter((i) => !at.includes(i));
  const all = [...others, ...at];
  let ids = spread(layout, touching[0] as Block, all);
  for (const block of touching.slice(1)) {
    const more = spread(layout, block, all);
    ids = ids.map((id, i) => conjunction(names, id, more[i] as number));
  }
  return { at: all, ids };
}

/** Merges adjacent factors into one; undefined when a named one would meet a symbolic one. */
export function merge(
  names: Names,
  layout: Layout,
  first: number,
  last: number,
  why: number,
): Layout | undefined {
  const at = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const touched = layout.blocks.some((block) => block.at.some((i) => at.includes(i)));
  if (touched && at.some((i) => typeof layout.factors[i] !== "number")) return undefined;
  const nested = touched ? untangle(names, layout, at, why) : layout;
  const join = touched ? joined(names, nested, at) : undefined;
  const shift = (i: number): number => (i <= first ? i : i <= last ? first : i - (last - first));
  const kept = nested.blocks.filter((block) => !block.at.some((i) => at.includes(i)));
  const all = join ? [...kept, join] : kept;
  return {
    factors: [
      ...layout.factors.slice(0, first),
      at.map((i) => layout.factors[i] as Dim).reduce(multiply),
      ...layout.factors.slice(last + 1),
    ],
    owner: [...layout.owner.slice(0, first + 1), ...layout.owner.slice(last + 1)],
    rank: layout.rank,
    blocks: all.map((block) => ({ at: [...new Set(block.at.map(shift))], ids: block.ids })),
  };
}

/** Separates the blocks whose part at these factors isn't their innermost, in data order. */
function untangle(names: Names, layout: Layout, at: readonly number[], why: number): Layout {
  const apart = (block: Block): readonly (readonly number[])[] | undefined => {
    const inside = block.at.filter((i) => at.includes(i));
    if (inside.length === 0 || inside.length === block.at.length)
      return ordered(inside) ? undefined : inside.map((i) => [i]);
    const tail = block.at.slice(block.at.length - inside.length);
    if (tail.every((i) => at.includes(i)) && ordered(inside)) return undefined;
    const outside = block.at.filter((i) => !at.includes(i));
    return ordered(inside) ? [outside, inside] : [outside, ...inside.map((i) => [i])];
  };
  return separate(names, layout, apart, why);
}

export const ordered = (at: readonly number[]): boolean =>
  at.every((f, i) => i === 0 || (at[i - 1] as number) < f);

/** The dim as a single factor (none when its size is 1). */
export function flattenDim(names: Names, layout: Layout, dim: number, why: number): Layout | undefined {
  const at = factorsOf(layout, dim);
  if (at.length < 2) return layout;
  return merge(names, layout, at[0] as number, at[at.length - 1] as number, why);
}

/** Cuts the dim's factors to the given sizes (same product); undefined when they don't divide that way. */
export function refineDim(layout: Layout, dim: number, sizes: readonly Dim[]): Layout | undefined {
  let result = layout;
  for (let i = 0; i < sizes.length; i++) {
    const at = factorsOf(result, dim)[i];
    if (at === undefined) return undefined;
    const have = result.factors[at] as Dim;
    if (have === sizes[i]) continue;
    const inner = divide(have, sizes[i] as Dim);
    const next = inner === undefined ? undefined : split(result, at, inner);
    if (!next) return undefined;
    result = next;
  }
  return result;
}

/** The coarsest list of factors that both lists can be cut to, outer first. */
export function commonRefinement(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const out: Dim[] = [];
  const x = [...a];
  const y = [...b];
  while (x.length > 0 && y.length > 0) {
    const p = x.shift() as Dim;
    const q = y.shift() as Dim;
    if (p === q) {
      out.push(p);
      continue;
    }
    const pq = divide(p, q);
    const qp = divide(q, p);
    if (pq !== undefined) {
      out.push(q);
      x.unshift(pq);
    } else if (qp !== undefined) {
      out.push(p);
      y.unshift(qp);
    } else return undefined;
  }
  return x.length === y.length ? out : undefined;
}
