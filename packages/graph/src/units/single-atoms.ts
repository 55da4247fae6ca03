import { atOnce } from "../breaths.js";
import { atoms, type Names } from "../names/names.js";
import type { Parameter } from "../trace/value.js";
import type { Grid } from "./grids.js";
import { collectingUnits, type IndexedUnits } from "./units.js";

/** Every atom as a unit of its own. */
export interface SingleAtoms {
  readonly units: IndexedUnits;
  /** By single-atom unit, the unit of the plain trace that it is part of. */
  readonly columnOf: Int32Array;
}

/** Takes units apart into their atoms, so that rows of a grid (heads, groups) may lose different positions. */
export function singleAtoms(
  names: Names,
  parameters: readonly Parameter[],
  grids: readonly Grid[],
  plain: IndexedUnits,
): SingleAtoms {
  const single = atOnce(collectingUnits(names, parameters, []));
  const rows = new Uint8Array(single.count);
  const columnOf = new Int32Array(single.count);
  plain.unitOf.forEach((unit, k) => {
    rows[single.unitOf[k] as number] = plain.rows[unit] as number;
    columnOf[single.unitOf[k] as number] = unit;
  });
  return { units: { ...single, rows, pins: withStuck(names, grids, single, rows) }, columnOf };
}

/**
 * Pins of single atoms, and of those that can't leave alone: rows of an axis keep equally many positions, so where one
 * row must stay whole, so must all that are cut out of the same axis.
 */
function withStuck(
  names: Names,
  grids: readonly Grid[],
  { index, unitOf, pins }: IndexedUnits,
  rows: Uint8Array,
): Int32Array {
  const all = pins.slice();
  const unitsOf = (id: number): number[] =>
    atoms(names, id).flatMap((atom) => {
      const k = index.numberOf[atom] as number;
      return k < 0 ? [] : [unitOf[k] as number];
    });
  for (const { ids, sizes } of grids) {
    const width = sizes.at(-1) as number;
    if (sizes.length < 2 || ids.length === width) continue;
    const isFree = (id: number): boolean => unitsOf(id).some((u) => rows[u] === 0 && pins[u] === 0);
    for (let first = 0; first < ids.length; first += width) {
      const row = ids.subarray(first, first + width);
      if (row.some(isFree)) continue;
      const pin = unitsOf(row[0] as number).find((u) => rows[u] === 0 && pins[u] !== 0);
      if (pin === undefined) continue;
      for (const id of ids) for (const u of unitsOf(id)) if (rows[u] === 0) all[u] ||= pins[pin] as number;
      break;
    }
  }
  return all;
}
