import { expect, it } from "vitest";
import { multiply } from "../names/dim.js";
import { ownersOfView, refinement } from "./view.js";

it("gives every dim of a view to a dim of the shape", () => {
  expect(ownersOfView([6, 2, 3], [2, 3, 2, 3])).toEqual([0, 0, 1, 2]);
  expect(ownersOfView([4, 1, 3], [4, 1, 1, 3])).toEqual([0, 1, 2, 2]);
  expect(ownersOfView([8, 1], [8, 1, 1])).toEqual([0, 1, 1]);
});

it("refuses a view of which a dim spans two of the shape's", () => {
  expect(refinement([4, 6], [8, 3])).toBeUndefined();
  expect(refinement([4, 6], [4, 3])).toBeUndefined();
  expect(refinement([4, 6], [4, 6, 2])).toBeUndefined();
});

it("refines dims whose size is known only at run time", () => {
  expect(refinement(["n", 6], ["n", 2, 3])).toEqual([0, 1, 1]);
  expect(refinement([multiply("n", 4), 3], ["n", 4, 3])).toEqual([0, 0, 1]);
});
