import { expect, test } from "vitest";
import { crossingRows } from "./crossing.js";

/** Rows of cells as the atoms that each has beside its row's name. */
const crossing = (rows: readonly (readonly (readonly number[])[])[]) =>
  crossingRows(rows.length, rows[0]?.length ?? 0, (c, r, list) => {
    const atoms = rows[r]?.[c] ?? [];
    atoms.forEach((atom, i) => {
      list[i] = atom;
    });
    return atoms.length;
  });

const inStretches = (atoms: readonly number[]): number[][] => atoms.map((atom, c) => [c, atom]);

test("stretches that cut all rows alike are levels of one grid, and nothing crosses it", () => {
  const rows = [inStretches([8, 8, 9, 9]), inStretches([8, 8, 9, 9])];
  expect(crossing(rows)).toEqual({ shared: new Set(), even: true });
});

test("stretches of another grid lie across the rows that they cut unevenly", () => {
  const rows = [inStretches([8, 8, 8, 9]), inStretches([9, 9, 10, 10])];
  expect(crossing(rows)).toEqual({ shared: new Set([8, 9, 10]), even: false });
});

test("rows that are cut evenly, but not alike, may be either", () => {
  const rows = [inStretches([8, 8, 9, 9]), inStretches([8, 8, 8, 8])];
  expect(crossing(rows)).toEqual({ shared: new Set([8, 9]), even: true });
});

test("columns of one atom each are a plain grid", () => {
  expect(
    crossing([
      [[0], [1]],
      [[2], [3]],
    ]),
  ).toEqual({ shared: new Set(), even: true });
});
