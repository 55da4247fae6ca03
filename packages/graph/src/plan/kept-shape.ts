import { stridesOf } from "../layout/layout.js";
import { ownersOfView } from "../layout/view.js";
import type { Selector } from "../trace/value.js";

/** Shape of a parameter's surviving elements by counts alone: what `select` finds, without walking the elements. */
export function keptShape(
  shape: readonly number[],
  selectors: readonly Selector[],
  life: Uint8Array,
): number[] {
  return shape.map((size, dim) => {
    const flags = new Uint8Array(size).fill(1);
    for (const selector of selectors) spare(flags, shape, dim, selector, life);
    let kept = 0;
    for (let i = 0; i < size; i++) kept += flags[i] as number;
    return kept;
  });
}

/** Clears the positions of a dim beside which a selector leaves nothing alive. */
function spare(
  flags: Uint8Array,
  shape: readonly number[],
  dim: number,
  { view, dims, ids }: Selector,
  life: Uint8Array,
): void {
  if (view.length === shape.length && dims.length === 1) {
    if (dims[0] !== dim) return;
    for (let i = 0; i < flags.length; i++) flags[i]! &= life[ids[i] as number] as number;
    return;
  }
  const owner = ownersOfView(shape, view);
  const mine = dims.filter((d) => owner[d] === dim);
  if (mine.length === 0) return;
  const sizes = mine.map((d) => view[d] as number);
  const any = new Uint8Array(sizes.reduce((a, b) => a * b, 1));
  const all = stridesOf(dims.map((d) => view[d] as number));
  const key = stridesOf(sizes);
  for (let i = 0; i < ids.length; i++) {
    if (life[ids[i] as number] === 0) continue;
    let at = 0;
    mine.forEach((d, k) => {
      const stride = all[dims.indexOf(d)] as number;
      at += (Math.floor(i / stride) % (view[d] as number)) * (key[k] as number);
    });
    any[at] = 1;
  }
  const parts = view.flatMap((_, d) => (owner[d] === dim ? [d] : []));
  const within = stridesOf(parts.map((d) => view[d] as number));
  for (let p = 0; p < flags.length; p++) {
    let at = 0;
    mine.forEach((d, k) => {
      const stride = within[parts.indexOf(d)] as number;
      at += (Math.floor(p / stride) % (view[d] as number)) * (key[k] as number);
    });
    flags[p]! &= any[at] as number;
  }
}
