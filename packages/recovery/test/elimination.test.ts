import {
  eliminate,
  errorOf,
  factor,
  inverse,
  leastSquares,
  powerOf,
  type Reader,
  selectInputs,
  singleCosts,
  solve,
  withOutputs,
} from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { correlated, momentsOf, normals } from "./toy.js";

const x = correlated(500, 8, 3);
const moments = momentsOf(
  x,
  x.map(() => []),
);
const normal = normals(4);
const weights = Array.from({ length: 24 }, normal);
const fit = { weights: Float64Array.from(weights), bias: new Float64Array(3) };
const reader: Reader = {
  inputs: 8,
  outputs: 3,
  weights,
  covariance: moments.xx.map((v) => v / moments.count),
  columns: [
    [0, 4],
    [1, 5],
    [2, 6],
    [3, 7],
  ],
};

/** Relative error of the layer refitted without some units: from moments, by another way than the downdates. */
function refitError(gone: readonly number[]): number {
  const lost = gone.flatMap((u) => reader.columns[u] as number[]);
  const kept = Array.from({ length: 8 }, (_, i) => i).filter((i) => !lost.includes(i));
  const some = selectInputs(withOutputs(moments, fit), kept);
  return errorOf(some, leastSquares(some, 0)) / powerOf(some);
}

describe("elimination", () => {
  it("costs what refitting without the units costs", () => {
    const single = singleCosts([reader], 4, 0);
    single.forEach((cost, unit) => {
      expect(cost).toBeCloseTo(refitError([unit]), 6);
    });
  });

  it("stays exact through its downdates", () => {
    const { order, costs } = eliminate([reader], 4, { alpha: 0 });
    expect(order).toHaveLength(3);
    costs.forEach((cost, i) => {
      expect(cost).toBeCloseTo(refitError(order.slice(0, i + 1)), 6);
    });
  });

  it("takes the cheapest unit first and never those to keep", () => {
    const single = Array.from(singleCosts([reader], 4));
    const cheapest = single.indexOf(Math.min(...single));
    expect(eliminate([reader], 4).order[0]).toBe(cheapest);
    expect(eliminate([reader], 4, { keep: new Set([cheapest]) }).order).not.toContain(cheapest);
  });

  it("adds up the layers that read the same units", () => {
    const one = singleCosts([reader], 4);
    const two = singleCosts([reader, reader], 4);
    two.forEach((cost, i) => {
      expect(cost).toBeCloseTo(2 * (one[i] as number), 9);
    });
  });
});

describe("cholesky", () => {
  it("solves systems larger than its blocks", () => {
    const n = 130;
    const rows = correlated(400, n, 9);
    const { xx } = momentsOf(
      rows,
      rows.map(() => []),
    );
    const l = xx.slice();
    expect(factor(l, n)).toBe(true);
    const want = Float64Array.from({ length: n }, normal);
    const b = Float64Array.from({ length: n }, (_, i) =>
      want.reduce((s, v, j) => s + v * (xx[i * n + j] as number), 0),
    );
    solve(l, n, b, 1);
    b.forEach((v, i) => {
      expect(v).toBeCloseTo(want[i] as number, 6);
    });
    const inv = inverse(xx, n, 0);
    for (const [i, j] of [
      [0, 0],
      [5, 77],
      [129, 129],
    ] as const) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += (inv[i * n + k] as number) * (xx[k * n + j] as number);
      expect(sum).toBeCloseTo(i === j ? 1 : 0, 6);
    }
  });

  it("says when a matrix is not positive definite", () => {
    expect(factor(Float64Array.from([1, 2, 2, 1]), 2)).toBe(false);
  });
});
