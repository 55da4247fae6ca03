import { expect, test } from "vitest";
import { livesAfter } from "../cut/life.js";
import { close } from "./close.js";
import {
  atoms,
  conjunction,
  createNames,
  fresh,
  freshIds,
  isPinned,
  type Names,
  pinName,
  reason,
  TRUE,
} from "./names.js";
import { project } from "./project.js";
import { rowNames } from "./rows.js";
import { unite } from "./unite.js";

const why = (names: Names): number => reason(names, { code: "test", text: "test" });
const distinct = (names: Names, ids: Int32Array): number =>
  new Set([...ids].map((id) => atoms(names, id).join())).size;
/** Positions of `ids` that die with a name. */
const dying = (names: Names, ids: Int32Array, name: number): number[] => {
  const life = livesAfter(names, atoms(names, name));
  return [...ids.keys()].filter((i) => life[ids[i] as number] === 0);
};

test("a row without a common atom gets a name of its own, which kills that row alone", () => {
  const names = createNames();
  const grid = freshIds(names, 6);
  const rows = rowNames(names, grid, 2);
  expect(dying(names, grid, rows[0] as number)).toEqual([0, 1, 2]);
  expect(dying(names, grid, rows[1] as number)).toEqual([3, 4, 5]);
  const cell = atoms(names, grid[4] as number).find((a) => a !== rows[1]) as number;
  expect(dying(names, grid, cell)).toEqual([4]);
});

test("a row named by its common atom is not named twice", () => {
  const names = createNames();
  const [heads, dims] = [freshIds(names, 2), freshIds(names, 6)];
  const grid = dims.map((id, i) => conjunction(names, heads[Math.floor(i / 3)] as number, id));
  expect([...rowNames(names, grid, 2)]).toEqual([...heads]);
});

test("expanded keys name every (group, copy) row, so that groups stay apart (N3)", () => {
  const names = createNames();
  const [groups, copies, dims] = [freshIds(names, 2), freshIds(names, 2), freshIds(names, 6)];
  const cell = (g: number, x: number, d: number): number =>
    conjunction(
      names,
      conjunction(names, groups[g] as number, copies[x] as number),
      dims[g * 3 + d] as number,
    );
  const grid = Int32Array.from({ length: 12 }, (_, i) =>
    cell(Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3),
  );
  const rows = rowNames(names, grid, 4);
  expect(distinct(names, rows)).toBe(4);
  const perGroup = rowNames(names, grid, 2);
  expect(dying(names, grid, perGroup[1] as number)).toEqual([6, 7, 8, 9, 10, 11]);
});

test("slabs of a fused [3, heads, dims] weight that share heads lose a head together", () => {
  const names = createNames();
  const fused = freshIds(names, 12);
  const [q, k, v] = [0, 4, 8].map((at) => fused.slice(at, at + 4)) as [Int32Array, Int32Array, Int32Array];
  const rows = [q, k, v].map((part) => rowNames(names, part, 2)) as [Int32Array, Int32Array, Int32Array];
  unite(names, rows[0], rows[1], why(names));
  unite(names, rows[0], rows[2], why(names));
  close(names);
  expect(dying(names, fused, rows[0][1] as number)).toEqual([2, 3, 6, 7, 10, 11]);
});

test("an atom common to several rows behind their names' backs is pinned", () => {
  const names = createNames();
  const grid = freshIds(names, 4);
  rowNames(names, grid, 2);
  const spare = fresh(names, 1);
  unite(
    names,
    grid,
    grid.map((id) => conjunction(names, id, spare)),
    why(names),
  );
  const before = atoms(names, grid[0] as number).filter((a) => atoms(names, grid[3] as number).includes(a));
  close(names);
  for (const atom of before) expect(isPinned(names, atom)).toBe(true);
});

test("equal rows share a name", () => {
  const names = createNames();
  const row = freshIds(names, 3);
  const rows = rowNames(names, Int32Array.of(...row, ...row), 2);
  expect(atoms(names, rows[0] as number)).toEqual(atoms(names, rows[1] as number));
});

test("a row whose atoms are shared irregularly is TRUE and must keep a cell (N6)", () => {
  const names = createNames();
  const [a, b, c] = freshIds(names, 3) as unknown as [number, number, number];
  const rows = rowNames(names, Int32Array.of(a, b, b, c, c, a), 3);
  expect([...rows].every((id) => atoms(names, id).length === 0 || dying(names, rows, id).length < 3)).toBe(
    true,
  );
});

test("a row with a pinned cell stays and has no name of its own", () => {
  const names = createNames();
  const grid = freshIds(names, 4);
  pinName(names, grid[0] as number, why(names));
  const rows = rowNames(names, grid, 2);
  expect(rows[0]).toBe(TRUE);
  expect(atoms(names, rows[1] as number).length).toBe(1);
});

test("keeping columns makes the grid a product: each row loses the same ones", () => {
  const names = createNames();
  const grid = freshIds(names, 6);
  const columns = project(names, grid, [2, 3], [false, true], why(names));
  expect(dying(names, grid, columns[1] as number)).toEqual([1, 4]);
  const rows = rowNames(names, grid, 2);
  expect(dying(names, grid, rows[0] as number)).toEqual([0, 1, 2]);
});

test("keeping outer rows and inner columns leaves rows of the middle apart", () => {
  const names = createNames();
  const grid = freshIds(names, 8);
  const kept = project(names, grid, [2, 2, 2], [true, false, true], why(names));
  expect(kept.length).toBe(4);
  expect(dying(names, grid, atoms(names, kept[3] as number).at(-1) as number)).toEqual([5, 7]);
});
