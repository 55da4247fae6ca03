import { expect, test } from "vitest";
import { decodeFloats, decodeTensor } from "./decode-tensor.js";

test("half-precision numbers become the floats that they stand for", () => {
  const halves = new Uint16Array([
    0, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00,
  ]);
  const { data } = decodeTensor("float16", [11], new Uint8Array(halves.buffer), 10, "w");
  const small = 2 ** -24;
  expect([...data]).toEqual([0, -0, small, 1023 * small, 2 ** -14, 1, -2, 65504, Infinity, -Infinity, NaN]);
  const brain = decodeTensor(
    "bfloat16",
    [2],
    new Uint8Array(new Uint16Array([0x3f80, 0xc040]).buffer),
    16,
    "w",
  );
  expect([...brain.data]).toEqual([1, -3]);
});

test("stretches are decoded into memory that is lent, also at odd offsets", () => {
  const bytes = new Uint8Array(7);
  bytes.set(new Uint8Array(new Uint16Array([0x3c00, 0x4000, 0x4200]).buffer), 1);
  const into = new Float32Array(5);
  const values = decodeFloats("float16", bytes.subarray(1), into);
  expect([...values]).toEqual([1, 2, 3]);
  expect(values.buffer).toBe(into.buffer);
});

test("a vocabulary of over 112 million half-precision numbers is decoded", { timeout: 120_000 }, () => {
  const size = 113_000_000;
  const halves = new Uint16Array(size).fill(0x3c00);
  const { data } = decodeTensor("float16", [size], new Uint8Array(halves.buffer), 10, "embedding");
  expect(data).toHaveLength(size);
  expect(data[size - 1]).toBe(1);
});
