import { atoms, type Names } from "../names/names.js";
import type { IndexedUnits } from "../units/units.js";
import type { NamedAxis } from "./axis.js";

/** Which atom each position of a root is removed by. */
export interface Choice {
  readonly root: NamedAxis;
  /** Slot by position of the root, or -1 where nothing can be chosen. */
  readonly slotAt: Int32Array;
  /** Atom and its number in the atom index, by slot. */
  readonly atoms: Int32Array;
  readonly numbers: Int32Array;
}

/** Whether an atom (by its number in the atom index) may be chosen. */
export type Allows = (number: number) => boolean;

/**
 * Chooses for every position its free atom that occurs least often. Without a preference, atoms that name channels
 * go before those that name rows of a grid, whatever they are called there: heads, groups.
 */
export function choose(
  names: Names,
  units: IndexedUnits,
  root: NamedAxis,
  allows: Allows | undefined,
): Choice {
  const { index } = units;
  const support = (k: number): number => (index.start[k + 1] as number) - (index.start[k] as number);
  const isRow = (k: number): number => (allows ? 0 : (units.rows[units.unitOf[k] as number] as number));
  const better = (k: number, best: number): boolean =>
    best < 0 || isRow(k) < isRow(best) || (isRow(k) === isRow(best) && support(k) < support(best));
  const slotOf = new Map<number, number>();
  const byCell = new Int32Array(root.cells).fill(-1);
  for (let i = 0; i < root.cells; i++) {
    let best = -1;
    for (const ids of root.parts)
      for (const atom of atoms(names, ids[i] as number)) {
        const k = index.numberOf[atom] ?? -1;
        if (k < 0 || names.pins[atom] !== 0 || (allows && !allows(k))) continue;
        if (better(k, best)) best = k;
      }
    if (best < 0) continue;
    if (!slotOf.has(best)) slotOf.set(best, slotOf.size);
    byCell[i] = slotOf.get(best) as number;
  }
  const numbers = Int32Array.from(slotOf.keys());
  return {
    root,
    slotAt: root.cellOf ? root.cellOf().map((cell) => byCell[cell] as number) : byCell,
    atoms: numbers.map((k) => index.atoms[k] as number),
    numbers,
  };
}

/** Why a position can't leave: 1 + an index into the reasons, or 0 where it has no name to leave by. */
export function pinAt(names: Names, { parts, cellOf }: NamedAxis, position: number): number {
  const cell = cellOf ? (cellOf()[position] as number) : position;
  for (const ids of parts)
    for (const atom of atoms(names, ids[cell] as number))
      if (names.pins[atom] !== 0) return names.pins[atom] as number;
  return 0;
}
