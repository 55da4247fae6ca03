import { type AtomSets, atomSets } from "../names/atom-sets.js";
import type { Names } from "../names/names.js";
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
  const chains = grids.map((grid) => levelsOf(names, grid));
  const sets = atomSets(names);
  const index = indexAtoms(sets, parameters);
  const ties = createDisjoint(index.atoms.length);
  const rowAtoms = new Uint8Array(index.atoms.length);
  for (const levels of chains)
    for (const level of levels) tieColumns(names, sets, index, level, ties, rowAtoms);
  return gathered(names, index, ties, rowAtoms, occursAlone(sets, index));
}

function gathered(
  names: Names,
  index: AtomIndex,
  ties: Disjoint,
  rowAtoms: Uint8Array,
  alone: Uint8Array,
): Units {
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
interface Level {
  readonly cells: Int32Array;
  readonly rows: Int32Array;
}

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

/** What is left of a cell without its row's name is tied down the column. */
function tieColumns(
  names: Names,
  sets: AtomSets,
  index: AtomIndex,
  { cells, rows }: Level,
  ties: Disjoint,
  rowAtoms: Uint8Array,
): void {
  const cols = cells.length / rows.length;
  const here = new Int32Array(64);
  const first = new Int32Array(64);
  let inner = false;
  for (let c = 0; c < cols; c++) {
    const n = loose(names, index, first, residual(sets, index, cells[c] as number, rows[0] as number, first));
    if (n === 0) continue;
    inner ||= !isPlace(names, index, first[0] as number);
    for (let r = 1; r < rows.length; r++) {
      const all = residual(sets, index, cells[r * cols + c] as number, rows[r] as number, here);
      const m = loose(names, index, here, all);
      if (n === 1 && m === 1) ties.union(here[0] as number, first[0] as number);
      else if (m > 0) tieRest(first, n, here, m, ties);
    }
  }
  if (!inner) return;
  for (const id of rows)
    for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
      const k = index.numberOf[sets.list[e] as number] as number;
      if (k >= 0) rowAtoms[k] = 1;
    }
}

/** Reasons of positions in space: rows of nothing but those are channels, as after a flatten or before a pixel shuffle. */
const places: ReadonlySet<string> = new Set(["window", "phase", "resize"]);

function isPlace({ pins, reasons }: Names, { atoms }: AtomIndex, k: number): boolean {
  const pin = pins[atoms[k] as number] as number;
  return pin !== 0 && places.has(reasons[pin - 1]?.code ?? "");
}

/** Moves the atoms that may leave to the front and counts them; where there are none, one that stays is left. */
function loose({ pins }: Names, { atoms }: AtomIndex, list: Int32Array, n: number): number {
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const k = list[i] as number;
    if (pins[atoms[k] as number] === 0) list[kept++] = k;
  }
  return kept > 0 ? kept : Math.min(n, 1);
}

/** Atoms that both cells have leave both; the others are tied in order. Both lists ascend. */
function tieRest(a: Int32Array, n: number, b: Int32Array, m: number, ties: Disjoint): void {
  const left = without(a, n, b, m);
  const right = without(b, m, a, n);
  const common = (right.length === 0 ? b : a)[0] as number;
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    ties.union(left[Math.min(i, left.length - 1)] ?? common, right[Math.min(i, right.length - 1)] ?? common);
}

/** The first n of a list that are not among the first m of another. */
function without(list: Int32Array, n: number, other: Int32Array, m: number): number[] {
  const rest: number[] = [];
  for (let i = 0; i < n; i++) {
    let j = 0;
    while (j < m && other[j] !== list[i]) j++;
    if (j === m) rest.push(list[i] as number);
  }
  return rest;
}

/** Numbers of the atoms of a cell that its row does not have; returns how many there are. */
function residual(sets: AtomSets, index: AtomIndex, cell: number, row: number, into: Int32Array): number {
  let n = 0;
  let r = sets.start[row] as number;
  const rowEnd = sets.end[row] as number;
  for (let e = sets.start[cell] as number; e < (sets.end[cell] as number) && n < into.length; e++) {
    const atom = sets.list[e] as number;
    while (r < rowEnd && (sets.list[r] as number) < atom) r++;
    if (r < rowEnd && sets.list[r] === atom) continue;
    const k = index.numberOf[atom] as number;
    if (k >= 0) into[n++] = k;
  }
  return n;
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
