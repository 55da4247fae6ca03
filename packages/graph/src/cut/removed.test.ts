import { expect, test } from "vitest";
import { indexAt, positionsAt, removedElements } from "./removed.js";

const selector = { view: [3, 8, 4, 2], dims: [2, 0] };

test("an index over dims is row-major in their order, and is turned back", () => {
  expect(indexAt(selector, [3, 1])).toBe(3 * 3 + 1);
  for (let index = 0; index < 12; index++)
    expect(indexAt(selector, positionsAt(selector, index))).toBe(index);
  expect(positionsAt({ view: [16], dims: [0] }, 5)).toEqual([5]);
});

test("it is the index that removals name", () => {
  const index = indexAt(selector, [3, 1]);
  const gone = removedElements([3, 8, 4, 2], [{ ...selector, removed: [index] }]) as Uint8Array;
  gone.forEach((flag, element) => {
    const [a, c] = [Math.floor(element / 64), Math.floor(element / 2) % 4];
    expect(flag).toBe(Number(a === 1 && c === 3));
  });
});
