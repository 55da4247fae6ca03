import fc from "fast-check";
import { expect, test } from "vitest";
import { livesAfter } from "../cut/life.js";
import { close } from "../names/close.js";
import type { Dim } from "../names/dim.js";
import { symbol } from "../names/dim.js";
import { atoms, createNames, freshIds, isPinned, type Names, reason } from "../names/names.js";
import { concat } from "./concat.js";
import { factorsOf, fixed, type Layout, shapeOf, spread } from "./layout.js";
import { meet } from "./meet.js";
import { drop, grow, permute, take } from "./move.js";
import { commonRefinement, refineDim } from "./regroup.js";
import { reshape } from "./reshape.js";

const why = (names: Names): number => reason(names, { code: "test", text: "test" });
const size = (shape: readonly Dim[]): number => (shape as number[]).reduce((a, b) => a * b, 1);

/** A layout with names of its own along the given dims. */
function named(names: Names, shape: readonly Dim[], dims: readonly number[]): Layout {
  const layout = fixed(shape);
  const at = layout.factors.map((_, i) => i).filter((i) => dims.includes(layout.owner[i] as number));
  return {
    ...layout,
    blocks: at.map((i) => ({ at: [i], ids: freshIds(names, layout.factors[i] as number) })),
  };
}

const free = (names: Names, id: number): number[] =>
  atoms(names, id).filter((atom) => names.pins[atom] === 0);

/** For every cell, the atoms without which it dies. */
function cells(names: Names, layout: Layout): string[] {
  const all = layout.factors.map((_, i) => i);
  const spreads = layout.blocks.map((block) => spread(layout, block, all));
  return Array.from({ length: size(layout.factors) }, (_, i) =>
    [...new Set(spreads.flatMap((ids) => free(names, ids[i] as number)))].sort((a, b) => a - b).join("&"),
  );
}

/** The values 0, 1, 2, ... of a tensor moved like the layout would be. */
function moved(shape: readonly number[], perm: readonly number[]): number[] {
  const strides = shape.map((_, d) => size(shape.slice(d + 1)));
  const to = perm.map((d) => shape[d] as number);
  return Array.from({ length: size(shape) }, (_, i) =>
    perm.reduce(
      (sum, d, k) =>
        sum + (Math.floor(i / size(to.slice(k + 1))) % (to[k] as number)) * (strides[d] as number),
      0,
    ),
  );
}

test("a layout's shape is the product of its factors, dim by dim", () => {
  expect(shapeOf(fixed([2, 1, 3]))).toEqual([2, 1, 3]);
  expect(shapeOf(fixed([symbol("batch"), 1]))).toEqual(["batch", 1]);
  expect(factorsOf(fixed([2, 1, 3]), 1)).toEqual([]);
});

test("splitting heads and merging them again gives back the names", () => {
  const names = createNames();
  const x = named(names, [5, 12], [1]);
  const heads = reshape(names, x, [5, 3, 4], why(names)) as Layout;
  const back = reshape(names, heads, [5, 12], why(names)) as Layout;
  expect(shapeOf(heads)).toEqual([5, 3, 4]);
  expect(cells(names, heads)).toEqual(cells(names, x));
  expect(cells(names, back)).toEqual(cells(names, x));
});

test("a reshape that cuts dims anew keeps every cell's name", () => {
  const names = createNames();
  const x = named(names, [6, 4], [0, 1]);
  const before = cells(names, x);
  const y = reshape(names, x, [8, 3], why(names)) as Layout;
  expect(shapeOf(y)).toEqual([8, 3]);
  expect(cells(names, y)).toEqual(before);
});

test("a reshape across an unknown size works where nothing named is cut", () => {
  const names = createNames();
  const x = named(names, [symbol("batch"), symbol("seq"), 6], [2]);
  const flat = reshape(names, x, ["batch*seq", 6], why(names)) as Layout;
  expect(shapeOf(reshape(names, flat, [symbol("batch"), symbol("seq"), 2, 3], why(names)) as Layout)).toEqual(
    ["batch", "seq", 2, 3],
  );
  expect(reshape(names, x, [6, "batch*seq"], why(names))).toBeUndefined();
});

test("heads flattened out of nested order lose the same dims in every head", () => {
  const names = createNames();
  const x = named(names, [6], [0]);
  const heads = reshape(names, x, [2, 3], why(names)) as Layout;
  const flat = reshape(names, permute(heads, [1, 0]), [6], why(names)) as Layout;
  const before = cells(names, x);
  expect(cells(names, flat)).toEqual([0, 3, 1, 4, 2, 5].map((i) => before[i]));
  const common = (before[0] as string).split("&").filter((a) => (before[3] as string).split("&").includes(a));
  expect(common.length).toBe(1);
});

test("heads flattened in nested order stay free one by one", () => {
  const names = createNames();
  const x = named(names, [6], [0]);
  reshape(names, reshape(names, x, [2, 3], why(names)) as Layout, [6], why(names));
  expect(cells(names, x).every((cell) => !cell.includes("&"))).toBe(true);
});

test("moving cells by reshape and transpose moves their names with them", () => {
  const shapes = fc.constantFrom([2, 6], [3, 4], [12], [2, 2, 3], [6, 2], [4, 3], [2, 3, 2], [3, 2, 2]);
  const step = fc.oneof(
    shapes.map((shape) => ({ shape, seed: 0 })),
    fc.nat().map((seed) => ({ shape: undefined, seed })),
  );
  fc.assert(
    fc.property(shapes, fc.nat(7), fc.array(step, { minLength: 1, maxLength: 6 }), (start, bits, steps) => {
      const names = createNames();
      const x = named(
        names,
        start,
        [0, 1, 2].filter((d) => (bits >> d) & 1),
      );
      let layout = x;
      let order = Array.from({ length: 12 }, (_, i) => i);
      for (const { shape, seed } of steps) {
        const have = shapeOf(layout) as number[];
        if (shape) {
          layout = reshape(names, layout, shape, why(names)) as Layout;
          continue;
        }
        const perm = have
          .map((_, d) => d)
          .sort((a, b) => (((a + 1) * (seed + 7)) % 5) - (((b + 1) * (seed + 7)) % 5) || a - b);
        layout = permute(layout, perm);
        const from = moved(have, perm);
        order = from.map((i) => order[i] as number);
      }
      close(names);
      const before = cells(names, x);
      expect(cells(names, layout)).toEqual(order.map((i) => before[i]));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("picked positions carry their names, repeats twice and new ones afresh", () => {
  const names = createNames();
  const x = named(names, [4], [0]);
  const y = take(names, x, 0, [2, 0, 2, -1], why(names)) as Layout;
  const [a, , c] = cells(names, x);
  expect(cells(names, y).slice(0, 3)).toEqual([c, a, c]);
  expect(cells(names, x)).not.toContain(cells(names, y)[3]);
});

test("picking a single position keeps it", () => {
  const names = createNames();
  const x = named(names, [3], [0]);
  take(names, x, 0, [1], why(names));
  const [a, b] = [...(x.blocks[0]?.ids ?? [])] as [number, number];
  expect([isPinned(names, a), isPinned(names, b)]).toEqual([false, true]);
});

test("picking every other column of a grid makes its rows lose the same columns", () => {
  const names = createNames();
  const x = named(names, [8], [0]);
  const grid = reshape(names, x, [2, 4], why(names)) as Layout;
  take(names, grid, 1, [0, 2], why(names));
  const [first, , , , second] = cells(names, x).map((cell) => cell.split("&"));
  expect((first as string[]).some((atom) => (second as string[]).includes(atom))).toBe(true);
});

test("concatenated parts keep their names one after the other", () => {
  const names = createNames();
  const [a, b] = [named(names, [2, 3], [1]), named(names, [2, 2], [1])];
  const y = concat(names, [a, fixed([2, 1]), b], 1, why(names)) as Layout;
  expect(shapeOf(y)).toEqual([2, 6]);
  const row = [...cells(names, a).slice(0, 3), "", ...cells(names, b).slice(0, 2)];
  expect(cells(names, y)).toEqual([...row, ...row]);
});

test("parts of which one has one row and the other as many as run time tells are not put together", () => {
  const names = createNames();
  const [a, b] = [named(names, [1, 3], [1]), named(names, [symbol("rows"), 2], [1])];
  expect(concat(names, [a, b], 1, why(names))).toBeUndefined();
  expect(concat(names, [b, a], 1, why(names))).toBeUndefined();
});

test("parts concatenated along rows agree on columns", () => {
  const names = createNames();
  const [a, b] = [named(names, [2, 3], [1]), named(names, [1, 3], [1])];
  concat(names, [a, b], 0, why(names));
  expect(cells(names, a).slice(0, 3)).toEqual(cells(names, b));
});

test("grids concatenated along their columns keep their rows", () => {
  const names = createNames();
  const grid = (): Layout => reshape(names, named(names, [6], [0]), [2, 3], why(names)) as Layout;
  const [a, b] = [grid(), grid()];
  const y = concat(names, [a, b], 1, why(names)) as Layout;
  const [p, q] = [cells(names, a), cells(names, b)];
  expect(cells(names, y)).toEqual([...p.slice(0, 3), ...q.slice(0, 3), ...p.slice(3), ...q.slice(3)]);
});

test("what is repeated gets names of copies", () => {
  const names = createNames();
  const x = named(names, [3, 1], [0]);
  const y = grow(names, x, 1, 2);
  expect(shapeOf(y)).toEqual([3, 2]);
  expect(new Set(cells(names, y)).size).toBe(6);
});

test("dropping rows leaves the columns that survive in all of them", () => {
  const names = createNames();
  const x = reshape(names, named(names, [6], [0]), [2, 3], why(names)) as Layout;
  const y = drop(names, x, [0], why(names));
  expect(shapeOf(y)).toEqual([1, 3]);
  const life = livesAfter(names, atoms(names, y.blocks[0]?.ids[1] as number));
  expect([...(x.blocks[0]?.ids ?? [])].map((id) => life[id])).toEqual([1, 0, 1, 1, 0, 1]);
});

test("equal labels unite, size 1 broadcasts and the rest is contracted", () => {
  const names = createNames();
  const [x, w] = [named(names, [5, 4], [1]), named(names, [4, 3], [0, 1])];
  const y = meet(
    names,
    { layout: x, labels: [0, 1] },
    { layout: w, labels: [1, 2] },
    [0, 2],
    why(names),
  ) as Layout;
  expect(shapeOf(y)).toEqual([5, 3]);
  expect(atoms(names, x.blocks[0]?.ids[2] as number)).toEqual(atoms(names, w.blocks[0]?.ids[2] as number));
  const row = named(names, [1, 3], [1]);
  const z = meet(
    names,
    { layout: y, labels: [0, 1] },
    { layout: row, labels: [0, 1] },
    [0, 1],
    why(names),
  ) as Layout;
  expect(shapeOf(z)).toEqual([5, 3]);
  expect(cells(names, z).slice(0, 3)).toEqual(cells(names, row));
});

test("what is named beside fixed positions stays", () => {
  const names = createNames();
  const x = named(names, [4], [0]);
  meet(names, { layout: x, labels: [0] }, { layout: fixed([4]), labels: [0] }, [0], why(names));
  expect([...(x.blocks[0]?.ids ?? [])].every((id) => isPinned(names, id))).toBe(true);
});

test("heads stay free where only their dims meet fixed positions", () => {
  const names = createNames();
  const x = reshape(names, named(names, [6], [0]), [2, 3], why(names)) as Layout;
  meet(names, { layout: x, labels: [0, 1] }, { layout: fixed([3]), labels: [1] }, [0, 1], why(names));
  const life = livesAfter(names, []);
  const free = atoms(names, x.blocks[0]?.ids[0] as number).filter((atom) => names.pins[atom] === 0);
  expect(free.length).toBe(1);
  expect(life.every((alive) => alive === 1)).toBe(true);
});

test("dims cut into different factors meet where both can be cut alike", () => {
  const names = createNames();
  const flat = named(names, [12], [0]);
  const cut = (sizes: number[]): Layout =>
    reshape(
      names,
      reshape(names, named(names, [12], [0]), sizes, why(names)) as Layout,
      [12],
      why(names),
    ) as Layout;
  for (const other of [cut([3, 4]), cut([2, 6]), cut([4, 3])]) {
    meet(names, { layout: flat, labels: [0] }, { layout: other, labels: [0] }, [0], why(names));
    expect(cells(names, flat)).toEqual(cells(names, other));
  }
  expect(commonRefinement([12], [3, 4])).toEqual([3, 4]);
  expect(commonRefinement([2, 6], [4, 3])).toEqual([2, 2, 3]);
  expect(commonRefinement([4, 3], [6, 2])).toBeUndefined();
  expect(shapeOf(refineDim(fixed([12]), 0, [2, 6]) as Layout)).toEqual([12]);
});

test("dims cut into factors that don't divide each other meet cell by cell", () => {
  const names = createNames();
  const cut = (sizes: number[]): Layout =>
    reshape(
      names,
      reshape(names, named(names, [12], [0]), sizes, why(names)) as Layout,
      [12],
      why(names),
    ) as Layout;
  const [a, b] = [cut([4, 3]), cut([6, 2])];
  meet(names, { layout: a, labels: [0] }, { layout: b, labels: [0] }, [0], why(names));
  expect(cells(names, a)).toEqual(cells(names, b));
});
