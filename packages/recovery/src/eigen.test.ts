import { describe, expect, it } from "vitest";
import { eigenOf } from "./eigen.js";

/** A symmetric matrix of some rank. */
function symmetric(n: number, rank: number): Float64Array {
  const x = Float64Array.from({ length: rank * n }, (_, i) => Math.sin(1 + i * i * 0.7));
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++)
      for (let r = 0; r < rank; r++) out[i * n + j]! += x[r * n + i]! * x[r * n + j]!;
  return out;
}

describe("eigenvectors of a symmetric matrix", () => {
  for (const [n, rank] of [
    [1, 1],
    [2, 2],
    [7, 7],
    [40, 60],
    [40, 5],
  ] as const)
    it(`${n} x ${n} of rank ${Math.min(n, rank)}`, () => {
      const a = symmetric(n, rank);
      const { values, vectors } = eigenOf(a, n);
      const scale = values[0] as number;
      for (let p = 0; p < n; p++) {
        if (p > 0) expect(values[p]).toBeLessThanOrEqual(values[p - 1] as number);
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += a[i * n + j]! * vectors[j * n + p]!;
          expect(Math.abs(sum - values[p]! * vectors[i * n + p]!)).toBeLessThan(1e-12 * scale * n);
        }
        for (let q = 0; q < n; q++) {
          let dot = 0;
          for (let i = 0; i < n; i++) dot += vectors[i * n + p]! * vectors[i * n + q]!;
          expect(Math.abs(dot - (p === q ? 1 : 0))).toBeLessThan(1e-12 * n);
        }
      }
    });

  it("of a diagonal one are its axes", () => {
    const { values, vectors } = eigenOf(Float64Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2), 3);
    expect([...values]).toEqual([3, 2, 1]);
    expect([...vectors]).toEqual([0, 0, 1, 1, 0, 0, 0, 1, 0]);
  });
});
