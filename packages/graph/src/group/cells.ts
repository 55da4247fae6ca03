import { type AtomSets, atomSets } from "../names/atom-sets.js";
import type { Names } from "../names/names.js";
import type { NamedAxis } from "./axis.js";
import { type IndexMap, mapOfRows } from "./index-map.js";

/** The cells of an axis that carry chosen atoms, ascending, and the number of the atom: one entry for each pair. */
export interface Marks {
  readonly cells: Int32Array;
  readonly slots: Int32Array;
}

/** Atoms of a names array: of cell i those at `start[i]..start[i + 1]`, or the one at i where `start` is left out. */
interface CellAtoms {
  readonly start: Int32Array | undefined;
  readonly atoms: Int32Array;
}

/** Finds the cells of axes that carry chosen atoms; axes that share names share the answer. */
export type Marker = (named: NamedAxis) => Marks | undefined;

/** Resolves names once: they must not change any more. */
export function createMarkers(names: Names): (slotOf: Int32Array) => Marker {
  const resolved = new WeakMap<Int32Array, CellAtoms>();
  const atomsOf = (ids: Int32Array): CellAtoms => {
    const known = resolved.get(ids);
    if (known) return known;
    const made = resolve(atomSets(names), ids);
    resolved.set(ids, made);
    return made;
  };
  return (slotOf) => {
    const marked = new Map<Int32Array, Marks | undefined>();
    return ({ parts }) => {
      const [only] = parts as [Int32Array];
      if (parts.length > 1) return markCells(parts.map(atomsOf), only.length, slotOf);
      if (!marked.has(only)) marked.set(only, markCells([atomsOf(only)], only.length, slotOf));
      return marked.get(only);
    };
  };
}

function resolve(sets: AtomSets, ids: Int32Array): CellAtoms {
  const start = new Int32Array(ids.length + 1);
  let isPlain = true;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    const count = (sets.end[id] as number) - (sets.start[id] as number);
    start[i + 1] = (start[i] as number) + count;
    isPlain &&= count === 1;
  }
  const atoms = new Int32Array(start[ids.length] as number);
  for (let i = 0, at = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++)
      atoms[at++] = sets.list[e] as number;
  }
  return { start: isPlain ? undefined : start, atoms };
}

function markCells(parts: readonly CellAtoms[], n: number, slotOf: Int32Array): Marks | undefined {
  const most = parts.reduce((sum, { atoms }) => sum + atoms.length, 0);
  const cells = new Int32Array(most);
  const slots = new Int32Array(most);
  let count = 0;
  for (let i = 0; i < n; i++) {
    const first = count;
    for (const { start, atoms: list } of parts) {
      const end = start ? (start[i + 1] as number) : i + 1;
      for (let e = start ? (start[i] as number) : i; e < end; e++) {
        const slot = slotOf[list[e] as number] as number;
        if (slot < 0 || (parts.length > 1 && slots.subarray(first, count).includes(slot))) continue;
        cells[count] = i;
        slots[count++] = slot;
      }
    }
  }
  if (count === 0) return undefined;
  return count === most ? { cells, slots } : { cells: cells.slice(0, count), slots: slots.slice(0, count) };
}

/** Positions of the axis to the atoms they carry. */
export function positionsToSlots(
  { axis, cells: n, cellOf }: NamedAxis,
  { cells, slots }: Marks,
  slotCount: number,
): IndexMap {
  const start = new Int32Array(n + 1);
  for (const cell of cells) start[cell + 1]!++;
  for (let i = 0; i < n; i++) start[i + 1]! += start[i] as number;
  if (!cellOf) return { from: n, to: slotCount, start, targets: slots };
  const all = cellOf();
  const rows = Array.from({ length: axis.size }, (_, i) => {
    const cell = all[i] as number;
    return slots.subarray(start[cell] as number, start[cell + 1] as number);
  });
  return mapOfRows(slotCount, rows);
}
