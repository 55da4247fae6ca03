import { addMoments, emptyMoments, type Moments } from "@prune/recovery";

/** A seeded stream of normal numbers. */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Rows of correlated inputs with means of their own. */
export function correlated(rows: number, n: number, seed: number): number[][] {
  const normal = normals(seed);
  const mix = Array.from({ length: n }, () => Array.from({ length: n }, normal));
  const mean = Array.from({ length: n }, normal);
  return Array.from({ length: rows }, () => {
    const z = Array.from({ length: n }, normal);
    return mean.map((m, i) => m + (mix[i] as number[]).reduce((sum, w, j) => sum + w * (z[j] as number), 0));
  });
}

/** Moments of rows, taken one row at a time. */
export function momentsOf(x: readonly number[][], y: readonly number[][]): Moments {
  const n = x[0]?.length ?? 0;
  const q = y[0]?.length ?? 0;
  const all = emptyMoments(n, q);
  x.forEach((row, r) => {
    const zeros = (size: number): number[] => new Array<number>(size).fill(0);
    addMoments(all, {
      count: 1,
      meanX: row,
      meanY: y[r] as number[],
      xx: zeros(n * n),
      xy: zeros(n * q),
      yy: zeros(q),
    });
  });
  return all;
}

export const apply = (weights: readonly number[][], x: readonly number[]): number[] =>
  weights.map((row) => row.reduce((sum, w, i) => sum + w * (x[i] as number), 0));
