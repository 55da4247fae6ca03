import fc from "fast-check";
import { expect, test } from "vitest";
import type { Selector } from "../trace/value.js";
import { type Selection, select } from "./selection.js";

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const selector = (view: readonly number[], dims: readonly number[], ids: readonly number[]): Selector => ({
  view,
  dims,
  ids: Int32Array.from(ids),
  role: "value",
  node: "test",
});

/** Elements that survive, one by one. */
function kept(shape: readonly number[], selectors: readonly Selector[], life: Uint8Array): number[] {
  return Array.from({ length: size(shape) }, (_, i) => i).filter((i) =>
    selectors.every(({ view, dims, ids }) => {
      const at = dims.reduce(
        (sum, d) =>
          sum * (view[d] as number) + (Math.floor(i / size(view.slice(d + 1))) % (view[d] as number)),
        0,
      );
      return life[ids[at] as number] === 1;
    }),
  );
}

const copied = (
  shape: readonly number[],
  selectors: readonly Selector[],
  life: Uint8Array,
): number[] | undefined => {
  const selection = select(shape, selectors, life);
  if (!selection) return undefined;
  const source = Float32Array.from({ length: size(shape) }, (_, i) => i);
  const bytes = selection.copy(new Uint8Array(source.buffer), 4);
  for (const stretch of [1, 40, 1 << 20]) {
    const read = (from: number, to: number): Uint8Array => new Uint8Array(source.buffer).slice(from, to);
    const pieces = Array.from(selection.pieces(read, 4, stretch), (piece) => [...piece]);
    expect(pieces.flat()).toEqual([...bytes]);
  }
  for (const width of [1, 2, 8]) expect(inBytes(shape, selection, width)).toEqual(elementsOf(bytes));
  return elementsOf(bytes);
};

const elementsOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

/** The same of elements of another width, whose bytes lie anywhere: the first of each is its number. */
function inBytes(shape: readonly number[], selection: Selection, width: number): number[] {
  const count = size(shape);
  const source = new Uint8Array(1 + count * width).subarray(1);
  for (let i = 0; i < count; i++)
    source.fill(0xa0 + i, i * width, (i + 1) * width).fill(i, i * width, i * width + 1);
  const read = (from: number, to: number): Uint8Array => source.subarray(from, to);
  const memory = new Uint8Array(1 + 4 * source.length).subarray(1);
  const bytes = Array.from(selection.pieces(read, width, 5 * width, memory), (piece) => [...piece]).flat();
  const kept = bytes.filter((_, at) => at % width === 0);
  expect(bytes).toEqual(kept.flatMap((i) => [i, ...new Array<number>(width - 1).fill((0xa0 + i) & 255)]));
  return kept;
}

test("nothing removed leaves the parameter as it is", () => {
  const selection = select([2, 2], [selector([2, 2], [0], [1, 2])], Uint8Array.of(1, 1, 1));
  expect(selection).toMatchObject({ shape: [2, 2], changed: false });
});

test("rows and columns leave a smaller grid", () => {
  const selectors = [selector([3, 2], [0], [1, 2, 3]), selector([3, 2], [1], [4, 5])];
  const life = Uint8Array.of(1, 1, 0, 1, 0, 1);
  expect(select([3, 2], selectors, life)?.shape).toEqual([2, 1]);
  expect(copied([3, 2], selectors, life)).toEqual([1, 5]);
  expect(select([3, 2], selectors, life)?.removed).toEqual([
    { view: [3, 2], dims: [0], removed: [1] },
    { view: [3, 2], dims: [1], removed: [0] },
  ]);
});

test("rows of many short runs of 16-bit words keep what they keep one by one", () => {
  const columns = 23;
  const shape = [5, columns];
  const selectors = [selector(shape, [1], [...Array(columns).keys()])];
  const life = Uint8Array.from({ length: columns }, (_, i) => (i % 4 === 1 ? 0 : 1));
  const source = Uint16Array.from({ length: size(shape) }, (_, i) => 1000 + i);
  const bytes = select(shape, selectors, life)?.copy(new Uint8Array(source.buffer), 2);
  const survivors = kept(shape, selectors, life).map((i) => 1000 + i);
  expect([...new Uint16Array((bytes as Uint8Array).slice().buffer)]).toEqual(survivors);
});

test("heads may lose different dims, as many each", () => {
  const selectors = [selector([2, 3, 2], [0, 1], [1, 2, 3, 4, 5, 6])];
  const life = Uint8Array.of(1, 0, 1, 1, 1, 1, 0);
  expect(select([6, 2], selectors, life)?.shape).toEqual([4, 2]);
  expect(copied([6, 2], selectors, life)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test("groups of filters may lose different inputs, as many each", () => {
  const selectors = [selector([2, 1, 2, 3], [0, 2], [1, 2, 3, 4])];
  const selection = select([2, 2, 3], selectors, Uint8Array.of(1, 0, 1, 1, 0));
  expect(selection?.shape).toEqual([2, 1, 3]);
});

test("survivors that form no grid are refused", () => {
  expect(
    select([2, 2], [selector([2, 2], [0, 1], [1, 2, 3, 4])], Uint8Array.of(1, 0, 1, 1, 1)),
  ).toBeUndefined();
});

test("any selectors over any views keep what they keep one by one", () => {
  const views: readonly (readonly number[])[] = [
    [6, 4],
    [2, 3, 4],
    [3, 2, 4],
    [6, 2, 2],
    [2, 3, 2, 2],
  ];
  const one = fc.record({
    view: fc.constantFrom(...views),
    dims: fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 3 }),
      fc.uniqueArray(fc.nat(30), { maxLength: 8 }),
      (specs, dead) => {
        const selectors = specs.map(({ view, dims, seed }) => {
          const at = [...new Set(dims.map((d) => d % view.length))];
          const cells = size(at.map((d) => view[d] as number));
          return selector(
            view,
            at,
            Array.from({ length: cells }, (_, i) => (i * (1 + (seed % 3)) + seed) % 31),
          );
        });
        const life = new Uint8Array(31).fill(1);
        for (const id of dead) life[id] = 0;
        const survivors = kept([6, 4], selectors, life);
        const got = copied([6, 4], selectors, life);
        if (!got) return;
        expect(got).toEqual(survivors);
        expect(size(select([6, 4], selectors, life)?.shape ?? [])).toBe(survivors.length);
      },
    ),
    { seed: 1, numRuns: 400 },
  );
});

test("independent selectors always leave a grid", () => {
  const flags = (n: number) => fc.array(fc.constantFrom(0, 1), { minLength: n, maxLength: n });
  fc.assert(
    fc.property(flags(2), flags(3), flags(4), (a, b, c) => {
      const life = Uint8Array.of(1, ...a, ...b, ...c);
      const selectors = [
        selector([2, 3, 4], [0], [1, 2]),
        selector([2, 3, 4], [1], [3, 4, 5]),
        selector([6, 4], [1], [6, 7, 8, 9]),
      ];
      const survivors = kept([6, 4], selectors, life);
      fc.pre(survivors.length > 0);
      const sum = (list: number[]): number => list.reduce((x, y) => x + y, 0);
      expect(select([6, 4], selectors, life)?.shape).toEqual([sum(a) * sum(b), sum(c)]);
      expect(copied([6, 4], selectors, life)).toEqual(survivors);
    }),
    { seed: 1 },
  );
});
