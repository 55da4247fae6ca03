import { type Dim, divide } from "../names/dim.js";
import { find, type Names } from "../names/names.js";
import { type Block, gather, type Layout, sizesOf, split, stridesOf } from "./layout.js";
import { merge, ordered, separate } from "./regroup.js";

/** Regroups factors into new dims; undefined when a named factor would be cut where no size is known. */
export function reshape(
  names: Names,
  layout: Layout,
  shape: readonly Dim[],
  why: number,
): Layout | undefined {
  let work: Layout = layout;
  const owner: number[] = [];
  let next = 0;
  for (let dim = 0; dim < shape.length; dim++) {
    let need = shape[dim] as Dim;
    while (need !== 1) {
      const have = work.factors[next];
      if (have === undefined) return undefined;
      const more = divide(need, have);
      const less = divide(have, need);
      if (more !== undefined) {
        need = more;
      } else if (less !== undefined) {
        work = split(work, next, less) as Layout;
        need = 1;
      } else {
        if (next + 1 >= work.factors.length) return undefined;
        const merged = merge(names, work, next, next + 1, why);
        if (!merged) return undefined;
        work = merged;
        continue;
      }
      owner.push(dim);
      next++;
    }
  }
  if (next !== work.factors.length) return undefined;
  const regrouped = dropConstant(names, { ...work, owner, rank: shape.length });
  return separate(
    names,
    regrouped,
    (block) => (tangled(regrouped, block) ? block.at.map((i) => [i]) : undefined),
    why,
  );
}

/** A dim holds several factors of the block, not in nested order: filtering and data movement would disagree. */
function tangled(layout: Layout, block: Block): boolean {
  if (ordered(block.at)) return false;
  for (let i = 0; i < block.at.length; i++)
    for (let j = i + 1; j < block.at.length; j++) {
      const a = block.at[i] as number;
      const b = block.at[j] as number;
      if (a > b && layout.owner[a] === layout.owner[b]) return true;
    }
  return false;
}

/** Takes out factors along which a block's names never change (left behind by splitting merged factors). */
export function dropConstant(names: Names, layout: Layout): Layout {
  return { ...layout, blocks: layout.blocks.map((block) => withoutConstant(names, layout, block)) };
}

function withoutConstant(names: Names, layout: Layout, block: Block): Block {
  if (block.at.length < 2) return block;
  const sizes = sizesOf(layout, block.at);
  const strides = stridesOf(sizes);
  const varies = sizes.map((size, axis) => variesAlong(names, block.ids, size, strides[axis] as number));
  if (varies.every(Boolean) || !varies.some(Boolean)) return block;
  return {
    at: block.at.filter((_, i) => varies[i]),
    ids: gather(
      block.ids,
      sizes.filter((_, i) => varies[i]),
      strides.filter((_, i) => varies[i]),
    ),
  };
}

function variesAlong(names: Names, ids: Int32Array, size: number, stride: number): boolean {
  const span = size * stride;
  for (let base = 0; base < ids.length; base += span)
    for (let i = base + stride; i < base + span; i++)
      if (
        ids[i] !== ids[i - stride] &&
        find(names, ids[i] as number) !== find(names, ids[i - stride] as number)
      )
        return true;
  return false;
}
