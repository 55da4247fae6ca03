import fc from "fast-check";
import { expect, test } from "vitest";
import {
  apply,
  compose,
  type IndexMap,
  invert,
  mapFromJson,
  mapOfRows,
  mapToJson,
  printIndices,
  printMap,
  sameMap,
} from "./index-map.js";

const sizes = fc.integer({ min: 1, max: 12 });

const maps = (from: number, to: number): fc.Arbitrary<IndexMap> =>
  fc
    .array(fc.uniqueArray(fc.integer({ min: 0, max: to - 1 })), { minLength: from, maxLength: from })
    .map((rows) =>
      mapOfRows(
        to,
        rows.map((row) => [...row].sort((a, b) => a - b)),
      ),
    );

const anyMap = fc.tuple(sizes, sizes).chain(([from, to]) => maps(from, to));

test("j is where i goes exactly when i is where j comes from", () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      const back = invert(map);
      for (let i = 0; i < map.from; i++)
        for (let j = 0; j < map.to; j++)
          expect(apply(map, [i]).includes(j)).toBe(apply(back, [j]).includes(i));
    }),
  );
});

test("inverting twice, and writing as JSON and reading, gives the same map", () => {
  fc.assert(
    fc.property(anyMap, (map) => {
      expect(sameMap(invert(invert(map)), map)).toBe(true);
      expect(sameMap(mapFromJson(JSON.parse(JSON.stringify(mapToJson(map)))), map)).toBe(true);
    }),
  );
});

test("a composed map goes where one goes after the other", () => {
  const pairs = fc.tuple(sizes, sizes, sizes).chain(([a, b, c]) => fc.tuple(maps(a, b), maps(b, c)));
  fc.assert(
    fc.property(pairs, fc.array(fc.integer({ min: 0, max: 11 })), ([first, second], indices) => {
      expect(apply(compose(first, second), indices)).toEqual(apply(second, apply(first, indices)));
      expect(sameMap(invert(compose(first, second)), compose(invert(second), invert(first)))).toBe(true);
    }),
  );
});

test("maps differ by size, by width and by target", () => {
  const map = mapOfRows(4, [[0], [1, 2]]);
  expect(sameMap(map, mapOfRows(4, [[0], [1, 2]]))).toBe(true);
  for (const other of [mapOfRows(5, [[0], [1, 2]]), mapOfRows(4, [[0, 1], [2]]), mapOfRows(4, [[0], [1, 3]])])
    expect(sameMap(map, other)).toBe(false);
});

test("maps and indices print in runs", () => {
  expect(printIndices([2, 6, 9])).toBe("2, 6, 9");
  expect(printIndices([0, 1, 2, 3, 8, 9])).toBe("0..3, 8, 9");
  expect(printMap(mapOfRows(8, [[4], [5], [6], []]))).toBe("0..2 -> 4..6");
  expect(
    printMap(
      mapOfRows(8, [
        [0, 1],
        [2, 3],
        [4, 5],
        [6, 7],
      ]),
    ),
  ).toBe("0 -> 0, 1, ... 3 -> 6, 7");
  expect(printMap(mapOfRows(2, [[1], [], [0, 1]]))).toBe("0 -> 1; 2 -> 0, 1");
  expect(printMap(mapOfRows(2, [[], []]))).toBe("nothing");
});
