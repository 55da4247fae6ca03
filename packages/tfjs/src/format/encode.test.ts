import { describe, expect, it } from "vitest";
import { encode } from "./encode.js";
import { halfBits, halfTable } from "./half.js";
import { decode } from "./weights.js";

const read = (values: Float32Array, dtype: "float16" | "uint8" | "uint16"): Float32Array => {
  const { bytes, quantization } = encode(values, { quantization: { dtype } });
  const entry = {
    name: "w",
    shape: [values.length],
    dtype: "float32",
    ...(quantization && { quantization }),
  };
  return decode({ ...entry, entry, elementBytes: 1, bytes }) as Float32Array;
};

describe("numbers in a stored format", () => {
  it("are the nearest halves, even ones between two, and the largest beyond them", () => {
    const numbers = halfTable();
    const all = Array.from({ length: 0x7c00 }, (_, bits) => bits);
    const at = (bits: number): number => numbers[bits] as number;
    expect(all.map((bits) => halfBits(at(bits)))).toEqual(all);
    const between = all.slice(0, -1);
    expect(between.map((bits) => halfBits(-(at(bits) + at(bits + 1)) / 2))).toEqual(
      between.map((bits) => 0x8000 | (bits + (bits & 1))),
    );
    expect(halfBits(1e6)).toBe(0x7bff);
  });
  it.each(["uint8", "uint16"] as const)("are within half a step of %s over their range", (dtype) => {
    const values = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i) * 3 + 1);
    const step = 6 / (dtype === "uint8" ? 255 : 65535);
    const found = read(values, dtype);
    values.forEach((value, i) => {
      expect(Math.abs(value - (found[i] as number))).toBeLessThan(0.51 * step);
    });
    expect(read(new Float32Array(3).fill(2), dtype)).toEqual(new Float32Array(3).fill(2));
  });
});
