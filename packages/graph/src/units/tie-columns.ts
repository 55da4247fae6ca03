import type { AtomSets } from "../names/atom-sets.js";
import type { Names } from "../names/names.js";
import type { AtomIndex } from "./atom-index.js";
import { crossingRows } from "./crossing.js";
import { createDisjoint, type Disjoint } from "./disjoint.js";
import { tieClasses } from "./tie-classes.js";

/** The cells of a grid, row after row, and the names of the rows. */
export interface Level {
  readonly cells: Int32Array;
  readonly rows: Int32Array;
}

/** What is left of a cell without its row's name is tied down the column. */
export function tieColumns(
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
  const beside = (c: number, r: number, list: Int32Array): number =>
    residual(sets, index, cells[r * cols + c] as number, rows[r] as number, list);
  const reading = (crossing: ReadonlySet<number>): Reading => ({
    rows: rows.length,
    cols,
    column: (c, r, list) => loose(names, index, list, without(list, beside(c, r, list), crossing)),
  });
  const { shared, even } = crossingRows(rows.length, cols, beside);
  const apart = reading(shared);
  const plain = reading(new Set());
  const isLevel = shared.size > 0 && even && classesLeft(plain, ties) >= classesLeft(apart, ties);
  const { column } = isLevel ? plain : apart;
  let inner = false;
  for (let c = 0; c < cols && !inner; c++)
    inner = column(c, 0, first) > 0 && !isPlace(names, index, first[0] as number);
  if (!tieClasses(rows.length, cols, (c, r) => (column(c, r, here) === 1 ? (here[0] as number) : -1), ties))
    tieDown({ rows: rows.length, cols, column }, (a, b) => ties.union(a, b));
  if (!inner) return;
  for (const id of rows)
    for (let e = sets.start[id] as number; e < (sets.end[id] as number); e++) {
      const k = index.numberOf[sets.list[e] as number] as number;
      if (k >= 0) rowAtoms[k] = 1;
    }
}

/** Columns of a grid as what tells them apart: numbers of atoms, put into a list and counted. */
interface Reading {
  readonly rows: number;
  readonly cols: number;
  column(col: number, row: number, list: Int32Array): number;
}

function tieDown({ rows, cols, column }: Reading, tie: (a: number, b: number) => void): void {
  const here = new Int32Array(64);
  const first = new Int32Array(64);
  for (let c = 0; c < cols; c++) {
    const n = column(c, 0, first);
    for (let r = 1; n > 0 && r < rows; r++) {
      const m = column(c, r, here);
      if (n === 1 && m === 1) tie(here[0] as number, first[0] as number);
      else if (m > 0) tieRest(first, n, here, m, tie);
    }
  }
}

/** How many classes tying the columns of a reading would leave, of those that there are. */
function classesLeft(reading: Reading, ties: Disjoint): number {
  const number = new Map<number, number>();
  const of = (k: number): number => {
    const root = ties.find(k);
    const known = number.get(root);
    if (known !== undefined) return known;
    number.set(root, number.size);
    return number.size - 1;
  };
  const list = new Int32Array(64);
  for (let r = 0; r < reading.rows; r++)
    for (let c = 0; c < reading.cols; c++) {
      const n = reading.column(c, r, list);
      for (let i = 0; i < n; i++) of(list[i] as number);
    }
  const tied = createDisjoint(number.size);
  let classes = number.size;
  tieDown(reading, (a, b) => {
    const [x, y] = [tied.find(of(a)), tied.find(of(b))];
    if (x === y) return;
    tied.union(x, y);
    classes--;
  });
  return classes;
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
function tieRest(
  a: Int32Array,
  n: number,
  b: Int32Array,
  m: number,
  tie: (a: number, b: number) => void,
): void {
  const left = rest(a, n, b, m);
  const right = rest(b, m, a, n);
  const common = (right.length === 0 ? b : a)[0] as number;
  for (let i = 0; i < Math.max(left.length, right.length); i++)
    tie(left[Math.min(i, left.length - 1)] ?? common, right[Math.min(i, right.length - 1)] ?? common);
}

/** The first n of a list that are not among the first m of another. */
function rest(list: Int32Array, n: number, other: Int32Array, m: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < n; i++) {
    let j = 0;
    while (j < m && other[j] !== list[i]) j++;
    if (j === m) found.push(list[i] as number);
  }
  return found;
}

/** Moves the atoms that are not in a set to the front and counts them; where all are, they stay. */
function without(list: Int32Array, n: number, set: ReadonlySet<number>): number {
  if (n < 2 || set.size === 0) return n;
  let kept = 0;
  for (let i = 0; i < n; i++) if (!set.has(list[i] as number)) list[kept++] = list[i] as number;
  return kept > 0 ? kept : n;
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
