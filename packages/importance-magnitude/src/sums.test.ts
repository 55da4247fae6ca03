import type { Selector } from "@prune/graph/advanced";
import { expect, test } from "vitest";
import { elementsByPosition, sumsByPosition } from "./sums.js";
import { stretch, type Values } from "./values.js";

const selector = (view: number[], dims: number[]): Selector => ({
  view,
  dims,
  ids: new Int32Array(dims.reduce((n, d) => n * view[d]!, 1)),
  role: "value",
  node: "",
});

const cases: readonly [string, readonly Selector[]][] = [
  ["a convolution", [selector([6, 5, 3, 3], [0]), selector([6, 5, 3, 3], [1])]],
  ["a kernel of which every axis counts", [0, 1, 2, 3].map((d) => selector([4, 3, 2, 5], [d]))],
  ["a matrix", [selector([7, 13], [0]), selector([7, 13], [1])]],
  ["its columns alone", [selector([7, 13], [1])]],
  ["groups", [selector([8, 3, 9], [0]), selector([2, 4, 3, 9], [0, 2])]],
  ["gates", [selector([2, 3, 5, 7], [0, 2]), selector([2, 15, 7], [2])]],
  [
    "rows and columns of one dim",
    [selector([6, 12], [1]), selector([6, 3, 4], [1]), selector([6, 3, 4], [2])],
  ],
  ["dims out of order", [selector([3, 4, 5], [2, 0])]],
  ["views that cross", [selector([4, 6, 5], [0]), selector([6, 4, 5], [0])]],
  ["a vector", [selector([11], [0])]],
  ["a vector in an image's shape", [selector([1, 11, 1, 1], [1])]],
  ["nothing", [selector([0, 4], [0]), selector([0, 4], [1])]],
];

/** Values that are overwritten by the next that are read, as a file's are. */
function inStretches(data: Float32Array): Values {
  let lent = new Float32Array(0);
  return {
    length: data.length,
    read(from, to) {
      lent.fill(NaN);
      lent = data.slice(from, to);
      return lent;
    },
  };
}

/** The position of an element along a selector. */
function positionOf({ view, dims }: Selector, element: number): number {
  let rest = element;
  const at = view.map(() => 0);
  for (let d = view.length - 1; d >= 0; d--) {
    at[d] = rest % view[d]!;
    rest = Math.floor(rest / view[d]!);
  }
  return dims.reduce((position, d) => position * view[d]! + at[d]!, 0);
}

test.each(cases)("sums of %s are those of its elements", (_, selectors) => {
  const size = selectors[0]!.view.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i * 78.233) * 0.9);
  for (const p of [1, 2, 0.5, 3]) {
    const sums = sumsByPosition(inStretches(data), selectors, p);
    selectors.forEach((selector, s) => {
      const want = new Float64Array(selector.ids.length);
      data.forEach((w, i) => {
        want[positionOf(selector, i)]! += Math.abs(w) ** p;
      });
      expect(sums[s]).toHaveLength(want.length);
      want.forEach((x, i) => {
        expect(Math.abs(sums[s]![i]! - x)).toBeLessThanOrEqual(1e-12 * Math.max(1, x));
      });
    });
  }
});

test.each(cases)("elements of %s, position by position", (_, selectors) => {
  for (const selector of selectors) {
    const size = selector.view.reduce((a, b) => a * b, 1);
    const lists: number[][] = Array.from(selector.ids, () => []);
    for (let i = 0; i < size; i++) lists[positionOf(selector, i)]!.push(i);
    expect([
      ...elementsByPosition(
        Float32Array.from({ length: size }, (_, i) => i),
        selector,
      ),
    ]).toEqual(lists.flat());
  }
});

test.each<[string, Selector[]]>([
  ["rows longer than a stretch", [selector([3, stretch + 5], [0])]],
  ["columns of rows longer than a stretch", [selector([3, stretch + 5], [1])]],
  [
    "more rows than fit into a stretch",
    [selector([stretch / 64 + 3, 100], [0]), selector([stretch / 64 + 3, 100], [1])],
  ],
  ["more short rows than fit into a stretch", [selector([stretch / 8, 9], [0])]],
])("sums of %s are read in stretches", (_, selectors) => {
  const size = selectors[0]!.view.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => (i % 7) - 3);
  const most = { elements: 0 };
  const { length, read } = inStretches(data);
  const watched: Values = {
    length,
    read(from, to) {
      most.elements = Math.max(most.elements, to - from);
      return read(from, to);
    },
  };
  const sums = sumsByPosition(watched, selectors, 1);
  expect(most.elements).toBeLessThanOrEqual(stretch);
  selectors.forEach((selector, s) => {
    const want = new Float64Array(selector.ids.length);
    data.forEach((w, i) => {
      want[positionOf(selector, i)]! += Math.abs(w);
    });
    expect(sums[s]).toEqual(want);
  });
});
