import type { Steps } from "../breaths.js";
import { type AtomSets, atomSets } from "../names/atom-sets.js";
import { type Names, reason } from "../names/names.js";
import { rowNames } from "../names/rows.js";
import type { Parameter } from "../trace/value.js";
import { type AtomIndex, indexAtoms } from "./atom-index.js";
import { createDisjoint, type Disjoint } from "./disjoint.js";
import type { Grid } from "./grids.js";
import { type Level, tieColumns } from "./tie-columns.js";

/**
 * Units: the atoms that leave together. By default a grid's rows lose the same columns, so the atoms of a column are
 * one unit; a plan that takes equal numbers from each row may pick atoms instead.
 */
export interface Units {
  readonly count: number;
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

/** Units with where their atoms occur. */
export interface IndexedUnits extends Units {
  readonly index: AtomIndex;
  /** Unit by atom number. */
  readonly unitOf: Int32Array;
}

/**
 * @param batches names of dims that the operands of a product share and its result keeps, beside named ones that are
 * summed: those are rows (heads, experts) even where a parameter has a dim for them alone
 */
export function* collectingUnits(
  names: Names,
  parameters: readonly Parameter[],
  grids: readonly Grid[],
  batches: readonly Int32Array[] = [],
): Steps<IndexedUnits> {
  const chains = grids.map((grid) => levelsOf(names, grid));
  yield;
  const sets = atomSets(names);
  yield;
  const index = indexAtoms(sets, parameters);
  yield;
  const ties = createDisjoint(index.atoms.length);
  const rowAtoms = new Uint8Array(index.atoms.length);
  for (const levels of chains)
    for (const level of levels) tieColumns(names, sets, index, level, ties, rowAtoms);
  const alone = occursAlone(sets, index);
  for (const ids of batches)
    for (const id of ids)
      for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
        const k = index.numberOf[sets.list[e] as number] as number;
        if (k < 0) continue;
        rowAtoms[k] = 1;
        alone[k] = 0;
      }
  yield;
  const units = gathered(names, index, ties, rowAtoms, alone);
  yield;
  holdLast(names, sets, grids, units);
  return units;
}

/** Units without which nothing would be left of some axis stay. */
function holdLast(
  names: Names,
  sets: AtomSets,
  grids: readonly Grid[],
  { index, unitOf, pins }: IndexedUnits,
): void {
  for (const { ids, tensor } of grids) {
    let last: number[] | undefined;
    for (const id of ids) {
      const here = unitsIn(sets, index, unitOf, id, last);
      last = here;
      if (here.length === 0) break;
    }
    const held = (last ?? []).filter((u) => pins[u] === 0);
    if (held.length === 0) continue;
    const why = reason(names, { code: "only-unit", text: `nothing else is left of an axis of "${tensor}"` });
    for (const u of held) pins[u] = why;
  }
}

/** The units that a cell needs, or those of a list that it does. */
function unitsIn(
  sets: AtomSets,
  { numberOf }: AtomIndex,
  unitOf: Int32Array,
  id: number,
  among: readonly number[] | undefined,
): number[] {
  const found: number[] = [];
  for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
    const k = numberOf[sets.list[e] as number] as number;
    const u = k < 0 ? -1 : (unitOf[k] as number);
    if (u >= 0 && (!among || among.includes(u)) && !found.includes(u)) found.push(u);
  }
  return found;
}

function gathered(
  names: Names,
  index: AtomIndex,
  ties: Disjoint,
  rowAtoms: Uint8Array,
  alone: Uint8Array,
): IndexedUnits {
  const n = index.atoms.length;
  const unitOf = new Int32Array(n);
  let count = 0;
  for (let k = 0; k < n; k++) {
    const root = ties.find(k);
    unitOf[k] = root === k ? count++ : (unitOf[root] as number);
  }
  const start = new Int32Array(count + 1);
  for (let k = 0; k < n; k++) start[(unitOf[k] as number) + 1]!++;
  for (let u = 0; u < count; u++) start[u + 1]! += start[u] as number;
  const next = start.slice();
  const members = new Int32Array(n);
  const pins = new Int32Array(count);
  const notes = new Uint8Array(count);
  const rows = new Uint8Array(count).fill(1);
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

/** The cells of a grid and the names of their rows, then those as cells of a coarser grid, and so on. */
function levelsOf(names: Names, { ids, sizes }: Grid): Level[] {
  const levels: Level[] = [];
  let cells: Int32Array = ids;
  for (let axis = sizes.length - 1; axis > 0; axis--) {
    const rows = rowNames(names, cells, cells.length / (sizes[axis] as number));
    levels.push({ cells, rows });
    cells = rows;
  }
  return levels;
}

/** Atoms that are the whole name of some produced position. */
function occursAlone(sets: AtomSets, index: AtomIndex): Uint8Array {
  const alone = new Uint8Array(index.atoms.length);
  for (const { selector } of index.members) {
    if (selector.role !== "out") continue;
    for (const id of selector.ids) {
      const at = sets.start[id] as number;
      if (sets.end[id] === at + 1) alone[index.numberOf[sets.list[at] as number] as number] = 1;
    }
  }
  return alone;
}
