import type { Chunk } from "./chunks.js";

/** Variance of the targets "y", summed over them. */
export function powerOfRows(chunks: readonly Chunk[], targets: number): number {
  const sums = new Float64Array(targets);
  const squares = new Float64Array(targets);
  let count = 0;
  for (const { count: rows, feeds } of chunks) {
    const data = feeds.y?.data as Float32Array;
    for (let k = 0; k < data.length; k++) {
      const value = data[k] as number;
      sums[k % targets]! += value;
      squares[k % targets]! += value * value;
    }
    count += rows;
  }
  if (count === 0) return 0;
  return squares.reduce((all, square, o) => all + square / count - ((sums[o] as number) / count) ** 2, 0);
}
