import { expect, test } from "vitest";
import { compare, compareAll } from "./compare.js";
import { summarise } from "./summary.js";

const floats = (...numbers: number[]) => ({
  type: "float32" as const,
  dims: [numbers.length],
  data: Float32Array.from(numbers),
});

test("the relative difference is the largest difference over the largest reference", () => {
  const { outputs, worst } = compare({ y: floats(1, 2, -4) }, { y: floats(1, 2.5, -5) });
  expect(outputs).toEqual([
    { name: "y", sameShape: true, sameType: true, maxAbs: 1, maxReference: 5, relative: 0.2, mismatches: 0 },
  ]);
  expect(worst).toBe(0.2);
});

test("equal NaN and infinities are equal; any other is a mismatch", () => {
  const odd = floats(Number.NaN, Infinity, -Infinity, 1);
  expect(compare({ y: odd }, { y: odd }).worst).toBe(0);
  expect(compare({ y: floats(Number.NaN) }, { y: floats(1) }).worst).toBe(Infinity);
  expect(compare({ y: floats(Infinity) }, { y: floats(-Infinity) }).outputs[0]?.mismatches).toBe(1);
});

test("another shape and a missing output differ infinitely", () => {
  expect(compare({ y: floats(1) }, { y: floats(1, 2) }).worst).toBe(Infinity);
  expect(compare({}, { y: floats(1) }).worst).toBe(Infinity);
  expect(compare({ y: floats(1) }, {}).worst).toBe(Infinity);
});

test("all zeros against all zeros is no difference, against anything else an infinite one", () => {
  expect(compare({ y: floats(0, 0) }, { y: floats(0, -0) }).worst).toBe(0);
  expect(compare({ y: floats(0, 1) }, { y: floats(0, 0) }).worst).toBe(Infinity);
});

test("halves, big integers and strings are read as what they stand for", () => {
  const halves = (bits: number) => ({ type: "float16" as const, dims: [1], data: Uint16Array.of(bits) });
  expect(compare({ y: halves(0x3c00) }, { y: halves(0x4000) }).worst).toBe(0.5);
  const integers = (value: bigint) => ({ type: "int64" as const, dims: [1], data: BigInt64Array.of(value) });
  expect(compare({ y: integers(9n) }, { y: integers(10n) }).worst).toBe(0.1);
  const text = (value: string) => ({ type: "string" as const, dims: [1], data: [value] });
  expect(compare({ y: text("a") }, { y: text("a") }).worst).toBe(0);
  expect(compare({ y: text("a") }, { y: text("b") }).worst).toBe(Infinity);
});

test("a summary tells outputs that say nothing", () => {
  expect(summarise(floats(1, 2, 3))).toMatchObject({
    min: 1,
    max: 3,
    mean: 2,
    constant: false,
    nonFinite: 0,
  });
  expect(summarise(floats(7, 7)).constant).toBe(true);
  expect(summarise(floats(7, Number.NaN)).nonFinite).toBe(1);
});

test("over several runs the largest difference stands against the largest reference of all", () => {
  const [near, far] = [{ y: floats(1e-7, 0) }, { y: floats(2, 3) }];
  const { outputs, worst } = compareAll([{ y: floats(2e-7, 0) }, { y: floats(2, 3) }], [near, far]);
  expect(worst).toBeCloseTo(1e-7 / 3, 12);
  expect(outputs).toMatchObject([{ name: "y", maxReference: 3, mismatches: 0 }]);
  const shapes = compareAll([{ y: floats(1) }, far], [near, far]);
  expect(shapes.outputs).toMatchObject([{ sameShape: false, relative: Infinity }]);
  expect(compareAll([near, { y: floats(Number.NaN, 3) }], [near, far]).worst).toBe(Infinity);
});
