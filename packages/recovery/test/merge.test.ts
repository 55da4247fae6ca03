import { clusters, folded } from "@prune/recovery/advanced";
import { describe, expect, it } from "vitest";
import { normals } from "./toy.js";

describe("folding channels", () => {
  it("gives each channel that leaves to the nearest that stays, or to none", () => {
    const rows = Float64Array.from([1, 0, 0, 1, 0.9, 0.1, -1, 0]);
    const found = clusters({ channels: 4, rows, bias: new Float64Array(4) }, [0, 1]);
    expect(found).toEqual([[0, 2], [1]]);
  });

  it("keeps copies as they are", () => {
    const rows = Float64Array.from([1, 2, 1, 2]);
    const { row, bias } = folded({ channels: 2, rows, bias: Float64Array.of(3, 3) }, [0, 1]);
    expect([...row]).toEqual([1, 2]);
    expect(bias).toBe(3);
  });

  it("gives the mean of rows the variance that one has, and keeps the known mean", () => {
    const normal = normals(3);
    const n = 40;
    const length = (row: Float64Array): number => Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
    const raw = Array.from({ length: 3 }, () => Float64Array.from({ length: n }, normal));
    const rows = Float64Array.from(raw.flatMap((row) => [...row.map((v) => v / length(row))]));
    const means = Float64Array.of(2, 4, 6);
    const seen = { channels: 3, rows, bias: Float64Array.of(1, 1, 4), means };
    const { row, bias } = folded(seen, [0, 1, 2]);
    expect(length(row)).toBeCloseTo(1, 9);
    // Inputs of a mean for which the rows give their means less their biases give the fold the mean of the means.
    const mean = rows.subarray(0, n).map((_, i) => (rows[i]! + rows[n + i]! + rows[2 * n + i]!) / 3);
    const scale = length(row) / length(mean);
    expect(scale * (4 - 2) + bias).toBeCloseTo(4, 9);
  });
});
