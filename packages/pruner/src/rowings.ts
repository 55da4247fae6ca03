import type { Family, Trace } from "@prune/graph";

/**
 * The rows that a family's units lie in, once for every grid that sees them otherwise: `rowings[g][i]` is the row of
 * the family's unit i. None if no grid distinguishes the units by rows.
 */
export function rowingsOf(trace: Trace, family: Family): Int32Array[] {
  const placeOf = new Map<number, number>();
  family.units.forEach((u, i) => {
    if ((trace.units.start[u + 1] as number) - (trace.units.start[u] as number) === 1)
      placeOf.set(trace.units.atoms[trace.units.start[u] as number] as number, i);
  });
  if (placeOf.size < family.units.length) return [];
  const found = new Map<string, Int32Array>();
  for (const { ids, sizes } of trace.grids) {
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

function cellsOf(trace: Trace, ids: Int32Array, placeOf: ReadonlyMap<number, number>, n: number): number[][] {
  const cells: number[][] = Array.from({ length: n }, () => []);
  for (let c = 0; c < ids.length; c++)
    for (const atom of trace.atomsOf(ids[c] as number)) {
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
