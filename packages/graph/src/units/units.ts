import { atoms, difference, type Names } from "../names/names.js";
import { rowNames } from "../names/rows.js";
import type { Parameter } from "../trace/value.js";
import { type AtomIndex, indexAtoms } from "./atom-index.js";
import { createDisjoint, type Disjoint } from "./disjoint.js";
import type { Grid } from "./grids.js";

/**
 * Units: the atoms that leave together. By default a grid's rows lose the same columns, so the atoms of a column are
 * one unit; a plan that takes equal numbers from each row may pick atoms instead.
 */
export interface Units {
  readonly index: AtomIndex;
  readonly count: number;
  /** Unit by atom number. */
  readonly unitOf: Int32Array;
  /** Atom ids of unit u: [start[u], start[u + 1]) of `atoms`. */
  readonly start: Int32Array;
  readonly atoms: Int32Array;
  /** 1 + reason index of a unit that must stay, else 0. */
  readonly pins: Int32Array;
  /** Bits of `Note`. */
  readonly notes: Uint8Array;
  /** 1 where the unit names rows of a grid (heads, groups) and never a position by itself. */
  readonly rows: Uint8Array;
}

export function collectUnits(names: Names, parameters: readonly Parameter[], grids: readonly Grid[]): Units {
  const index = indexAtoms(names, parameters);
  const n = index.atoms.length;
  const ties = createDisjoint(n);
  const rowAtoms = new Uint8Array(n);
  for (const grid of grids) tieColumns(names, index, grid, ties, rowAtoms);
  const unitOf = new Int32Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) unitOf[k] = ties.find(k) === k ? count++ : (unitOf[ties.find(k)] as number);
  const start = new Int32Array(count + 1);
  for (let k = 0; k < n; k++) start[(unitOf[k] as number) + 1]!++;
  for (let u = 0; u < count; u++) start[u + 1]! += start[u] as number;
  const next = start.slice();
  const members = new Int32Array(n);
  const pins = new Int32Array(count);
  const notes = new Uint8Array(count);
  const rows = new Uint8Array(count).fill(1);
  const alone = occursAlone(names, index);
  for (let k = 0; k < n; k++) {
    const u = unitOf[k] as number;
    const atom = index.atoms[k] as number;
    members[next[u]!++] = atom;
    pins[u] ||= names.pins[atom] as number;
    notes[u]! |= names.notes[atom] as number;
    if (rowAtoms[k] === 0 || alone[k] === 1) rows[u] = 0;
  }
  return { index, count, unitOf, start, atoms: members, pins, notes, rows };
}

/** At every level of a grid, what is left of a cell without its row's name is tied down the column. */
function tieColumns(
  names: Names,
  index: AtomIndex,
  { ids, sizes }: Grid,
  ties: Disjoint,
  rowAtoms: Uint8Array,
): void {
  let level: Int32Array = ids;
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    const cols = sizes[axis] as number;
    const rows = rowNames(names, level, level.length / cols);
    for (const id of rows)
      for (const atom of atoms(names, id)) {
        const k = index.numberOf[atom] as number;
        if (k >= 0) rowAtoms[k] = 1;
      }
    for (let i = cols; i < level.length; i++) {
      const here = own(names, level[i] as number, rows[Math.floor(i / cols)] as number);
      const first = own(names, level[i % cols] as number, rows[0] as number);
      tie(index, ties, here, first);
    }
    level = rows;
  }
}

const own = (names: Names, cell: number, row: number): readonly number[] =>
  difference(atoms(names, cell), atoms(names, row));

function tie(index: AtomIndex, ties: Disjoint, a: readonly number[], b: readonly number[]): void {
  const known = (list: readonly number[]): number[] =>
    list.map((atom) => index.numberOf[atom] as number).filter((k) => k >= 0);
  const x = known(a);
  const y = known(b);
  if (x.length === 0 || y.length === 0) return;
  for (let i = 0; i < Math.max(x.length, y.length); i++)
    ties.union(x[Math.min(i, x.length - 1)] as number, y[Math.min(i, y.length - 1)] as number);
}

/** Atoms that are the whole name of some produced position. */
function occursAlone(names: Names, index: AtomIndex): Uint8Array {
  const alone = new Uint8Array(index.atoms.length);
  for (const { selector } of index.members) {
    if (selector.role !== "out") continue;
    for (const id of selector.ids) {
      const set = atoms(names, id);
      if (set.length === 1) alone[index.numberOf[set[0] as number] as number] = 1;
    }
  }
  return alone;
}
