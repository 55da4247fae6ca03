import { describe, expect, it } from "vitest";
import { isOneSample, rangesOf } from "../src/samples/ranges.js";

const tokens = (...ids: number[]) => ({
  ids: { type: "int64" as const, dims: [2, ids.length / 2], data: BigInt64Array.from(ids, BigInt) },
});
const floats = (...values: number[]) => ({
  x: { type: "float32" as const, dims: [2, values.length / 2], data: Float32Array.from(values) },
});

describe("what samples hold", () => {
  it("is one sample where all values repeat, of whatever type", () => {
    expect(isOneSample([tokens(1, 2, 1, 2), tokens(1, 2, 1, 2)])).toBe(true);
    expect(isOneSample([tokens(1, 2, 1, 2), tokens(1, 2, 1, 3)])).toBe(false);
    expect(isOneSample([{ ...tokens(1, 2, 1, 2), ...floats(1, 2, 2, 2) }])).toBe(false);
  });

  it("ranges over all batches, of inputs of numbers", () => {
    expect(
      rangesOf([
        { ...tokens(1, 2), ...floats(1, 2, 3, 4) },
        { ...tokens(1, 2), ...floats(5, 7, 0, -2) },
      ]),
    ).toEqual({
      x: { least: -2, most: 7, mean: 2.5 },
    });
  });
});
