import type { Selector } from "@prune/graph/advanced";
import { expect, test } from "vitest";
import { summing, sumsByPosition } from "./sums.js";
import { stretch, type Values } from "./values.js";

const columns = 1024;
const rows = (3 * stretch) / columns;
const valuesFrom = (seed: number): Values => {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(seed + 1.3 * i));
  return { length: data.length, read: (from, to) => data.subarray(from, to) };
};
/** Axes of a matrix: rows and columns together, or a middle dim of three. */
const both: Selector[] = [
  { view: [rows, columns], dims: [0], ids: new Int32Array(rows), role: "out", node: "" },
  { view: [rows, columns], dims: [1], ids: new Int32Array(columns), role: "in", node: "" },
];
const middle: Selector[] = [
  { view: [rows / 4, 4, columns], dims: [1], ids: new Int32Array(4), role: "out", node: "" },
];
const long: Selector[] = [
  { view: [1, rows * columns], dims: [0], ids: new Int32Array(1), role: "out", node: "" },
];

test.each([
  ["rows and columns", both],
  ["a middle dim", middle],
  ["one run of several stretches", long],
])("sums of %s that others interrupt are the same bits", (_, selectors) => {
  const [first, second] = [valuesFrom(1), valuesFrom(2)];
  const alone = [sumsByPosition(first, selectors, 2), sumsByPosition(second, both, 1)];
  const running = [summing(first, selectors, 2), summing(second, both, 1)];
  const made: (Float64Array[] | undefined)[] = [undefined, undefined];
  let steps = 0;
  while (made.some((sums) => sums === undefined))
    running.forEach((each, i) => {
      if (made[i]) return;
      const { done, value } = each.next();
      if (done) made[i] = value;
      else steps++;
    });
  expect(steps).toBeGreaterThan(1);
  expect(made).toEqual(alone);
});
