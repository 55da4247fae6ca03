import { expect, test } from "vitest";
import { stretchFault } from "./shape-tests.js";

test("shapes stretch to each other, however many there are between those that don't", () => {
  expect(stretchFault([[2, 3], [3], [1, 1], undefined, [5, 2, 3]])).toBeUndefined();
  expect(stretchFault([[2], [1], [], [1], [3]])).toContain("[2] and [3]");
});

test("symbols may be anything, and decide nothing", () => {
  expect(
    stretchFault([
      ["n", 4],
      [1, 4],
      [2, 4],
    ]),
  ).toBeUndefined();
  expect(stretchFault([["n"], [2], [3]])).toContain("[2] and [3]");
});
