import { atoms, collectFamilies, collectUnits, type Family, type Trace, type Units } from "@prune/graph";

export interface RaggedTrace extends Trace {
  /** By unit, the unit of the plain trace that it is part of. */
  readonly columnOf: Int32Array;
}

/**
 * The same trace with every atom a unit of its own, so that rows (heads, groups) may lose different positions. Plans
 * for it take as many from each row.
 */
export function raggedTrace(trace: Trace): RaggedTrace {
  const { state } = trace;
  const single = collectUnits(state.names, state.parameters.all, []);
  const rows = new Uint8Array(single.count);
  const columnOf = new Int32Array(single.count);
  trace.units.unitOf.forEach((unit, k) => {
    rows[single.unitOf[k] as number] = trace.units.rows[unit] as number;
    columnOf[single.unitOf[k] as number] = unit;
  });
  const units = { ...single, rows, pins: withStuck(trace, single, rows) };
  const atomsOf: Trace["atoms"] = (plan) =>
    Int32Array.from([
      ...plan.units.flatMap((u) => [...units.atoms.subarray(units.start[u], units.start[u + 1])]),
      ...plan.atoms,
    ]);
  return {
    ...trace,
    columnOf,
    units,
    families: collectFamilies(units),
    atoms: atomsOf,
    cut: (plan) => trace.cut({ units: [], atoms: [...atomsOf(plan)] }),
  };
}

/**
 * Pins of single atoms, and of those that can't leave alone: rows of an axis keep equally many positions, so where one
 * row must stay whole, so must all that are cut out of the same axis.
 */
function withStuck({ state }: Trace, { index, unitOf, pins }: Units, rows: Uint8Array): Units["pins"] {
  const all = pins.slice();
  const unitsOf = (id: number): number[] =>
    atoms(state.names, id).flatMap((atom) => {
      const k = index.numberOf[atom] as number;
      return k < 0 ? [] : [unitOf[k] as number];
    });
  for (const { ids, sizes } of state.grids.all) {
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

/**
 * The rows that a family's units lie in, once for every grid that sees them otherwise: `rowings[g][i]` is the row of
 * the family's unit i. None where no grid tells the units apart by rows.
 */
export function rowingsOf(trace: Trace, family: Family): Int32Array[] {
  const placeOf = new Map<number, number>();
  family.units.forEach((u, i) => {
    if ((trace.units.start[u + 1] as number) - (trace.units.start[u] as number) === 1)
      placeOf.set(trace.units.atoms[trace.units.start[u] as number] as number, i);
  });
  if (placeOf.size < family.units.length) return [];
  const found = new Map<string, Int32Array>();
  for (const { ids, sizes } of trace.state.grids.all) {
    const cells = family.units.length === 0 ? [] : cellsOf(trace, ids, placeOf, family.units.length);
    for (
      let level = sizes.length - 1, width = sizes[level] as number;
      level > 0;
      width *= sizes[--level] as number
    ) {
      const rowing = rowsAt(cells, width);
      if (rowing && new Set(rowing).size > 1) found.set(numbered(rowing).join(), numbered(rowing));
    }
  }
  const all = [...found.values()];
  return all.filter((rowing) => !all.some((other) => other !== rowing && refines(other, rowing)));
}

function cellsOf(
  { state }: Trace,
  ids: Int32Array,
  placeOf: ReadonlyMap<number, number>,
  n: number,
): number[][] {
  const cells: number[][] = Array.from({ length: n }, () => []);
  for (let c = 0; c < ids.length; c++)
    for (const atom of atoms(state.names, ids[c] as number)) {
      const place = placeOf.get(atom);
      if (place !== undefined) cells[place]?.push(c);
    }
  return cells;
}

/** The one row of each unit, or undefined where some unit lies in none, in several, or is all of one. */
function rowsAt(cells: readonly (readonly number[])[], width: number): Int32Array | undefined {
  const rowing = new Int32Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const own = cells[i] as readonly number[];
    if (own.length === 0 || own.length === width) return undefined;
    const row = Math.floor((own[0] as number) / width);
    if (own.some((c) => Math.floor(c / width) !== row)) return undefined;
    rowing[i] = row;
  }
  return rowing;
}

/** Rows numbered in order of appearance, so that equal rowings are equal arrays. */
function numbered(rowing: Int32Array): Int32Array {
  const number = new Map<number, number>();
  return rowing.map((row) => {
    if (!number.has(row)) number.set(row, number.size);
    return number.get(row) as number;
  });
}

/** Whether each row of `fine` lies within one row of `coarse`, so that equal counts in one are equal in the other. */
function refines(fine: Int32Array, coarse: Int32Array): boolean {
  const owner = new Map<number, number>();
  return fine.every((row, i) => {
    const known = owner.get(row);
    if (known === undefined) owner.set(row, coarse[i] as number);
    return known === undefined || known === coarse[i];
  });
}
