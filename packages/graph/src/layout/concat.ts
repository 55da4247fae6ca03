import { add, type Dim } from "../names/dim.js";
import { type Names, TRUE } from "../names/names.js";
import { type Block, dimIsNamed, factorsOf, type Layout, shapeOf, sizesOf, spread } from "./layout.js";
import { meet } from "./meet.js";
import { drop, resize } from "./move.js";
import { flattenDim, joined, refineDim } from "./regroup.js";

/** Puts layouts one after the other along a dim; their other dims meet. */
export function concat(
  names: Names,
  layouts: readonly Layout[],
  dim: number,
  why: number,
): Layout | undefined {
  const lengths = layouts.map((layout) => shapeOf(layout)[dim] as Dim);
  const labels = Array.from({ length: (layouts[0] as Layout).rank }, (_, i) => i);
  const sides = layouts.map((layout) => ({ layout: drop(names, layout, [dim], why), labels }));
  let base = (sides[0] as (typeof sides)[0]).layout;
  for (const side of sides.slice(1)) {
    const met = meet(names, { layout: base, labels }, side, labels, why);
    if (!met) return undefined;
    base = met;
  }
  const result = resize(names, base, dim, lengths.reduce(add), why);
  if (!layouts.some((layout) => dimIsNamed(layout, dim))) return result;
  const numbers = lengths.filter((n) => typeof n === "number");
  if (numbers.length < lengths.length) return undefined;
  const parts = layouts.map((layout) => conform(names, layout, base, dim, why));
  if (parts.includes(undefined)) return undefined;
  return alongNames(names, parts as Layout[], result, dim, numbers);
}

/**
 * The operand with the dim as one factor and its other dims cut like the result's; undefined if they can't be, as where
 * one operand is known to have one position and another as many as only run time tells.
 */
function conform(names: Names, layout: Layout, base: Layout, dim: number, why: number): Layout | undefined {
  let work = flattenDim(names, layout, dim, why);
  for (let d = 0; d < layout.rank && work; d++) {
    if (d === dim) continue;
    const sizes = factorsOf(base, d).map((i) => base.factors[i] as Dim);
    work = refineDim(work, d, sizes) ?? flattenDim(names, work, d, why);
    if (work && factorsOf(work, d).length !== sizes.length) return undefined;
  }
  return work;
}

/** Where rows lose different columns the concatenated dim keeps its rows: the block spans all that any part spans. */
function alongNames(
  names: Names,
  parts: readonly Layout[],
  result: Layout,
  dim: number,
  lengths: readonly number[],
): Layout {
  const f = factorsOf(result, dim)[0] as number;
  const touching = parts.flatMap((part, p) =>
    lengths[p] === 1 ? [] : part.blocks.filter((b) => b.at.includes(f)),
  );
  const across = [...new Set(touching.flatMap((block) => block.at))].filter((i) => i !== f);
  const at = [...across, f];
  const rows = sizesOf(result, across).reduce((a, b) => a * b, 1);
  const width = lengths.reduce((a, b) => a + b, 0);
  const ids = new Int32Array(rows * width).fill(TRUE);
  let offset = 0;
  parts.forEach((part, p) => {
    const n = lengths[p] as number;
    const block = n === 1 ? undefined : joined(names, part, [f]);
    if (block) {
      const piece = spread(part, block, at);
      for (let r = 0; r < rows; r++) ids.set(piece.subarray(r * n, (r + 1) * n), r * width + offset);
    }
    offset += n;
  });
  const kept = result.blocks.filter((other) => !other.at.every((i) => at.includes(i)));
  const block = nestedLike(result, { at, ids }, touching);
  return { ...result, blocks: [...kept, block] };
}

/** Puts the concatenated factor where the widest part has it: rows stay rows. */
function nestedLike(result: Layout, block: Block, touching: readonly Block[]): Block {
  const widest = touching.reduce((a, b) => (b.at.length > a.at.length ? b : a));
  const order = [...widest.at, ...block.at.filter((i) => !widest.at.includes(i))];
  return { at: order, ids: spread(result, block, order) };
}
