import { expect, test } from "vitest";
import { fromHalf, toHalf } from "./half.js";

test("every half survives the way there and back", () => {
  const halves = Array.from({ length: 0x10000 }, (_, half) => half).filter(
    (half) => !Number.isNaN(fromHalf(half)),
  );
  expect(halves.filter((half) => toHalf(fromHalf(half)) !== half)).toEqual([]);
  expect(fromHalf(toHalf(Number.NaN))).toBeNaN();
});

test("rounds to nearest, ties to even, and overflows to infinity", () => {
  expect(fromHalf(toHalf(1 + 1 / 2048))).toBe(1);
  expect(fromHalf(toHalf(1 + 3 / 2048))).toBe(1 + 2 / 1024);
  expect(fromHalf(toHalf(65519))).toBe(65504);
  expect(fromHalf(toHalf(65520))).toBe(Number.POSITIVE_INFINITY);
  expect(fromHalf(toHalf(-(2 ** -24)))).toBe(-(2 ** -24));
  expect(fromHalf(toHalf(2 ** -26))).toBe(0);
});
