import fc from "fast-check";
import { expect, test } from "vitest";
import {
  atoms,
  become,
  conjunction,
  conjunctionOf,
  createNames,
  difference,
  find,
  fresh,
  freshIds,
  isPinned,
  Note,
  noteName,
  pinName,
  reason,
  TRUE,
} from "./names.js";

test("names outgrow their first capacity", () => {
  const names = createNames(4);
  const ids = freshIds(names, 1000);
  expect([...ids].map((id) => find(names, id))).toEqual([...ids]);
});

test("a conjunction has the atoms of both parts, whatever their order", () => {
  const names = createNames();
  const [a, b, c] = freshIds(names, 3) as unknown as [number, number, number];
  const left = conjunction(names, conjunction(names, a, b), c);
  expect(atoms(names, left)).toEqual([a, b, c]);
  expect(conjunction(names, b, a)).toBe(conjunction(names, a, b));
});

test("TRUE adds nothing to a conjunction and a part within the other is absorbed", () => {
  const names = createNames();
  const [a, b] = freshIds(names, 2) as unknown as [number, number];
  const both = conjunction(names, a, b);
  expect(conjunction(names, a, TRUE)).toBe(a);
  expect(conjunction(names, both, a)).toBe(both);
  expect(conjunctionOf(names, [])).toBe(TRUE);
});

test("an atom that becomes a conjunction does so in every name that holds it", () => {
  const names = createNames();
  const [a, b, c, d] = freshIds(names, 4) as unknown as [number, number, number, number];
  const before = conjunction(names, a, b);
  expect(atoms(names, before)).toEqual([a, b]);
  become(names, a, conjunction(names, c, d));
  expect(atoms(names, before)).toEqual([b, c, d]);
});

test("pins and notes move to the atoms that a name is made of", () => {
  const names = createNames();
  const [a, b, c] = freshIds(names, 3) as unknown as [number, number, number];
  pinName(names, a, reason(names, { code: "test", text: "stays" }));
  noteName(names, a, Note.norm);
  become(names, a, conjunction(names, b, c));
  expect(isPinned(names, b) && isPinned(names, c)).toBe(true);
  expect(names.notes[c]).toBe(Note.norm);
});

test("the first reason of a pin is kept", () => {
  const names = createNames();
  const a = fresh(names, 1);
  const [first, second] = ["first", "second"].map((text) => reason(names, { code: "test", text }));
  pinName(names, a, first as number);
  pinName(names, a, second as number);
  expect(names.reasons[(names.pins[a] as number) - 1]?.text).toBe("first");
});

test("difference of ascending lists is the difference of sets", () => {
  const list = fc.uniqueArray(fc.nat(20)).map((all) => all.sort((x, y) => x - y));
  fc.assert(
    fc.property(list, list, (a, b) => {
      expect(difference(a, b)).toEqual(a.filter((x) => !b.includes(x)));
    }),
    { seed: 1 },
  );
});

test("atoms agree with a model of sets after any links and definitions", () => {
  const action = fc.tuple(fc.nat(), fc.nat(), fc.boolean());
  fc.assert(
    fc.property(fc.array(action, { maxLength: 30 }), (actions) => {
      const names = createNames(4);
      const ids = [...freshIds(names, 6)];
      const sets: (readonly number[])[] = ids.map((id) => [id]);
      const replace = (atom: number, by: readonly number[]): void => {
        sets.forEach((set, i) => {
          if (set.includes(atom)) sets[i] = [...new Set([...set.filter((x) => x !== atom), ...by])];
        });
      };
      for (const [p, q, join] of actions) {
        const [i, j] = [p % ids.length, q % ids.length];
        if (join) {
          ids.push(conjunction(names, ids[i] as number, ids[j] as number));
          sets.push([...new Set([...(sets[i] as number[]), ...(sets[j] as number[])])]);
          continue;
        }
        const atom = atoms(names, ids[i] as number)[0] as number;
        const target = atoms(names, ids[j] as number);
        if (target.includes(atom)) continue;
        become(names, atom, ids[j] as number);
        replace(atom, target);
      }
      ids.forEach((id, i) => {
        expect(atoms(names, id)).toEqual([...(sets[i] as number[])].sort((a, b) => a - b));
      });
    }),
    { seed: 1 },
  );
});
