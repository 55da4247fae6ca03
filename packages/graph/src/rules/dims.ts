import { type Dim, divide, product } from "../names/dim.js";

/** `n` whole numbers in order, starting at `from`. */
export const range = (n: number, from = 0): number[] => Array.from({ length: n }, (_, i) => from + i);

/** A dim counted from the end when negative. */
export const wrap = (dim: number, rank: number): number => (dim < 0 ? dim + rank : dim);

/** A new shape with its -1 worked out; undefined where it can't be. */
export function withRest(want: readonly Dim[], have: readonly Dim[]): Dim[] | undefined {
  const at = want.indexOf(-1);
  if (at < 0) return [...want];
  const rest = divide(product(have), product(want.filter((_, i) => i !== at)));
  return rest === undefined ? undefined : want.map((d, i) => (i === at ? rest : d));
}
