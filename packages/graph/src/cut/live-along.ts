import { factorsOf, type Layout, shapeOf, sizesOf, stridesOf } from "../layout/layout.js";

/** Which positions of a dim live, once for every way rows differ. */
export function liveAlong(layout: Layout, dim: number, life: Uint8Array): Uint8Array[] {
  const at = factorsOf(layout, dim);
  const size = shapeOf(layout)[dim];
  if (typeof size !== "number") return [];
  const sizes = sizesOf(layout, at);
  const touching = layout.blocks.filter((block) => block.at.some((f) => at.includes(f)));
  const base = new Uint8Array(size).fill(1);
  const variants: Uint8Array[] = [];
  for (const block of touching) {
    const strides = stridesOf(sizesOf(layout, block.at));
    const last = Math.max(...block.at.map((f, i) => (at.includes(f) ? i : -1)));
    const outside = block.at.filter((f, i) => i < last && !at.includes(f));
    const inside = block.at.filter((_, i) => i > last);
    const over = (factors: readonly number[]): number[] =>
      offsets(
        sizesOf(layout, factors),
        factors.map((f) => strides[block.at.indexOf(f)] as number),
      );
    const along = at.map((f) => (block.at.includes(f) ? (strides[block.at.indexOf(f)] as number) : 0));
    const cols = offsets(sizes, along);
    const within = over(inside);
    for (const row of over(outside)) {
      const flags = outside.length === 0 ? base : new Uint8Array(size);
      let any = 0;
      cols.forEach((col, i) => {
        const lives = within.some((cell) => life[block.ids[row + col + cell] as number] === 1) ? 1 : 0;
        flags[i] = outside.length === 0 ? (flags[i] as number) & lives : lives;
        any |= lives;
      });
      if (outside.length > 0 && any) variants.push(flags);
    }
  }
  if (variants.length === 0) return [base];
  for (const flags of variants)
    for (let i = 0; i < size; i++) flags[i] = (flags[i] as number) & (base[i] as number);
  return variants;
}

function offsets(sizes: readonly number[], strides: readonly number[]): number[] {
  let all = [0];
  sizes.forEach((n, d) => {
    all = all.flatMap((o) => Array.from({ length: n }, (_, k) => o + k * (strides[d] as number)));
  });
  return all;
}
