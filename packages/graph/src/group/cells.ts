import { atoms, type Names } from "../names/names.js";
import type { NamedAxis } from "./axis.js";
import { type IndexMap, mapOfRows } from "./index-map.js";

/** The cells of an axis that carry chosen atoms, ascending, and the number of the atom: one entry for each pair. */
export interface Marks {
  readonly cells: Int32Array;
  readonly slots: Int32Array;
}

/** Cells of an axis that carry an atom with `slotOf[atom] >= 0`; undefined where none does. */
export function markCells(
  names: Names,
  { parts, cells: n }: NamedAxis,
  slotOf: Int32Array,
): Marks | undefined {
  const cells: number[] = [];
  const slots: number[] = [];
  for (let i = 0; i < n; i++) {
    const first = slots.length;
    for (const ids of parts)
      for (const atom of atoms(names, ids[i] as number)) {
        const slot = slotOf[atom] as number;
        if (slot < 0 || (parts.length > 1 && slots.indexOf(slot, first) >= 0)) continue;
        cells.push(i);
        slots.push(slot);
      }
  }
  return cells.length === 0 ? undefined : { cells: Int32Array.from(cells), slots: Int32Array.from(slots) };
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
