import fc from "fast-check";
import { expect, test } from "vitest";
import {
  atoms,
  conjunction,
  createNames,
  fresh,
  freshIds,
  isPinned,
  type Names,
  reason,
  TRUE,
} from "./names.js";
import { unite } from "./unite.js";

const why = (names: Names): number => reason(names, { code: "test", text: "test" });
const shown = (names: Names, ids: Int32Array): string[] => [...ids].map((id) => atoms(names, id).join("&"));
/** Cell (i, j) of an outer product of names. */
const cross = (names: Names, rows: Int32Array, cols: Int32Array): Int32Array =>
  Int32Array.from({ length: rows.length * cols.length }, (_, k) =>
    conjunction(names, rows[Math.floor(k / cols.length)] as number, cols[k % cols.length] as number),
  );

test("two atoms become one", () => {
  const names = createNames();
  const [a, b] = [freshIds(names, 2), freshIds(names, 2)];
  unite(names, a, b, why(names));
  expect(shown(names, a)).toEqual(shown(names, b));
  expect(atoms(names, a[0] as number)).not.toEqual(atoms(names, a[1] as number));
});

test("what meets TRUE is pinned", () => {
  const names = createNames();
  const a = freshIds(names, 1);
  unite(names, a, Int32Array.of(TRUE), why(names));
  expect(isPinned(names, a[0] as number)).toBe(true);
});

test("a query head becomes its key head and its copy", () => {
  const names = createNames();
  const [heads, kv, copies] = [freshIds(names, 4), freshIds(names, 2), freshIds(names, 2)];
  const expanded = cross(names, kv, copies);
  unite(names, heads, expanded, why(names));
  expect(shown(names, heads)).toEqual(shown(names, expanded));
  expect(new Set(shown(names, heads)).size).toBe(4);
});

test("composites whose parts come in another order keep their heads apart (N1)", () => {
  const names = createNames();
  const kv = freshIds(names, 2);
  const copies = freshIds(names, 3);
  const laterCopies = freshIds(names, 3);
  const laterKv = freshIds(names, 2);
  const a = cross(names, kv, copies);
  const b = cross(names, laterKv, laterCopies);
  unite(names, a, b, why(names));
  expect(shown(names, a)).toEqual(shown(names, b));
  expect(new Set(shown(names, a)).size).toBe(6);
  expect(atoms(names, kv[0] as number)).toEqual(atoms(names, laterKv[0] as number));
});

test("a name within the other absorbs the rest and heads stay apart (N2)", () => {
  const names = createNames();
  const heads = freshIds(names, 2);
  const more = freshIds(names, 2);
  const a = Int32Array.from(heads);
  const b = heads.map((id, i) => conjunction(names, id, more[i] as number));
  unite(names, a, b, why(names));
  expect(shown(names, a)).toEqual(shown(names, b));
  expect(atoms(names, a[0] as number).some((atom) => atoms(names, a[1] as number).includes(atom))).toBe(
    false,
  );
});

test("parts that match by no support are tied, which loses precision and not soundness", () => {
  const names = createNames();
  const a = cross(names, freshIds(names, 2), freshIds(names, 2));
  const b = Int32Array.from({ length: 4 }, () => conjunction(names, fresh(names, 1), fresh(names, 1)));
  unite(names, a, b, why(names));
  expect(shown(names, a)).toEqual(shown(names, b));
});

test("both sides are equal cell by cell afterwards, and no name forgets an atom", () => {
  const cell = fc.uniqueArray(fc.nat(7), { maxLength: 3 });
  const row = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(row, (cells) => {
      const names = createNames();
      const first = fresh(names, 8);
      const make = (set: readonly number[]): number =>
        set.reduce((all, k) => conjunction(names, all, first + k), TRUE);
      const a = Int32Array.from(cells, ([x]) => make(x));
      const b = Int32Array.from(cells, ([, y]) => make(y));
      unite(names, a, b, why(names));
      cells.forEach(([x, y], i) => {
        const free = (id: number): number[] => atoms(names, id).filter((atom) => names.pins[atom] === 0);
        expect(free(a[i] as number)).toEqual(free(b[i] as number));
        const now = atoms(names, a[i] as number);
        for (const k of [...x, ...y])
          for (const atom of atoms(names, first + k))
            expect(now.includes(atom) || isPinned(names, atom)).toBe(true);
      });
    }),
    { seed: 1, numRuns: 500 },
  );
});
