import { expect, it } from "vitest";
import { excess, type Living, type Mask, maskOf, maskOfSelector, spread } from "./mask.js";

/** Names 1..6 on a [2, 3] grid of factors, as one dim of size 6; 2 and 5 are dead. */
const flags = Uint8Array.of(1, 1, 0, 1, 1, 0, 1);
const life: Living = {
  living: (names) =>
    names.some((id) => flags[id] === 0) ? Uint8Array.from(names, (id) => flags[id] as number) : undefined,
};
const heads = {
  factors: ["n", 2, 3],
  owner: [0, 1, 1],
  rank: 2,
  blocks: [{ at: [1, 2], ids: Int32Array.of(1, 2, 3, 4, 5, 6) }],
};

it("lists the grids that hold something dead", () => {
  expect(maskOf(heads, life)?.grids).toEqual([{ at: [1, 2], values: Uint8Array.of(1, 0, 1, 1, 0, 1) }]);
  expect(maskOf(heads, { living: () => undefined })).toBeUndefined();
  expect(maskOf(undefined, life)).toBeUndefined();
});

it("reads a selector as factors of the parameter's dims", () => {
  const mask = maskOfSelector([6, 4], { view: [2, 3, 4], dims: [1], ids: Int32Array.of(1, 2, 3) }, life);
  expect(mask).toEqual({
    factors: [2, 3, 4],
    owner: [0, 0, 1],
    rank: 2,
    grids: [{ at: [1], values: Uint8Array.of(1, 0, 1) }],
  });
});

it("spreads a grid over more factors and in another order", () => {
  const mask: Mask = { factors: [2, 3], owner: [0, 1], rank: 2, grids: [] };
  expect(spread(mask, { at: [1], values: Uint8Array.of(1, 0, 1) }, [0, 1])).toEqual(
    Uint8Array.of(1, 0, 1, 1, 0, 1),
  );
  const grid = { at: [0, 1], values: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect(spread(mask, grid, [1, 0])).toEqual(Uint8Array.of(1, 4, 2, 5, 3, 6));
});

it("counts the living of every row that a reduction keeps", () => {
  const grid = { at: [0, 1], values: Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0) };
  const mask: Mask = { factors: [4, 3], owner: [0, 1], rank: 2, grids: [grid] };
  expect(excess(mask, [1])).toEqual({ at: [0], values: Float64Array.of(3, 1, 1, 1.5) });
});

it("counts cells that several grids agree on", () => {
  const mask: Mask = {
    factors: [2, 2],
    owner: [0, 1],
    rank: 2,
    grids: [
      { at: [0], values: Uint8Array.of(1, 0) },
      { at: [1], values: Uint8Array.of(0, 1) },
    ],
  };
  expect(excess(mask, [0, 1])).toEqual({ at: [], values: Float64Array.of(4) });
});

it("needs no correction where rows are all alive or all dead", () => {
  const mask: Mask = {
    factors: [2, 3],
    owner: [0, 1],
    rank: 2,
    grids: [{ at: [0], values: Uint8Array.of(1, 0) }],
  };
  expect(excess(mask, [1])).toBeUndefined();
});
