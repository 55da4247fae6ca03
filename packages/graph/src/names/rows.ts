import {
  atoms,
  become,
  conjunction,
  conjunctionOf,
  difference,
  find,
  fresh,
  freshIds,
  isAtom,
  type Names,
  newMark,
  pair,
} from "./names.js";
import { fingerprint } from "./unite.js";

/**
 * Names for the rows of a grid of names: what is common to all cells of the row. Where that is nothing, or is common
 * to another row as well, the row gets a name of its own: an atom private to it is split in two, row and rest.
 */
export function rowNames(names: Names, ids: Int32Array, rows: number): Int32Array {
  if (rows === ids.length) return ids;
  return memoised(names, ids, `rows ${rows}`, () => {
    const simple = splitDistinct(names, ids, rows);
    if (simple) return simple;
    const common = commonAtoms(names, ids, rows);
    const named = new Int32Array(rows);
    const crowded = ambiguous(common);
    let support: RowSupport | undefined;
    const made = new Map<number, number>();
    for (let r = 0; r < rows; r++) {
      const shared = common[r] as readonly number[];
      let name = conjunctionOf(names, shared);
      if (crowded[r]) {
        support ??= rowSupport(names, ids, rows);
        const row = ids.subarray((r * ids.length) / rows, ((r + 1) * ids.length) / rows);
        const own = splitRow(names, row, shared, support, made);
        if (own !== undefined) name = conjunction(names, name, own);
      }
      named[r] = name;
    }
    names.projections.push({ ids, rows: named });
    return named;
  });
}

/** The usual case, a grid of free atoms that are all different: every row gets an atom, every cell a rest. */
function splitDistinct(names: Names, ids: Int32Array, rows: number): Int32Array | undefined {
  const seen = newMark(names);
  for (let i = 0; i < ids.length; i++) {
    const root = find(names, ids[i] as number);
    if (!isAtom(names, root) || names.marks[root] === seen || names.pins[root] !== 0) return undefined;
    names.marks[root] = seen;
  }
  const cols = ids.length / rows;
  const named = freshIds(names, rows);
  const rest = fresh(names, ids.length);
  for (let i = 0; i < ids.length; i++) {
    const row = named[Math.floor(i / cols)] as number;
    become(names, find(names, ids[i] as number), pair(names, row, rest + i));
  }
  names.projections.push({ ids, rows: named });
  return named;
}

export function memoised(names: Names, ids: Int32Array, key: string, make: () => Int32Array): Int32Array {
  let memo = names.projected.get(ids);
  if (!memo) {
    memo = new Map();
    names.projected.set(ids, memo);
  }
  let made = memo.get(key);
  if (!made) {
    made = make();
    memo.set(key, made);
  }
  return made;
}

/** Per row, the free atoms that every cell has. */
export function commonAtoms(names: Names, ids: Int32Array, rows: number): (readonly number[])[] {
  const cols = ids.length / rows;
  const common: (readonly number[])[] = [];
  for (let r = 0; r < rows; r++) {
    let shared: readonly number[] = atoms(names, ids[r * cols] as number);
    for (let i = r * cols + 1; i < (r + 1) * cols && shared.length > 0; i++)
      if (ids[i] !== ids[i - 1]) shared = intersection(shared, atoms(names, ids[i] as number));
    common.push(shared.some((a) => names.pins[a] !== 0) ? shared.filter((a) => names.pins[a] === 0) : shared);
  }
  return common;
}

/** Of two ascending lists; the first itself where all of it is in the second. */
function intersection(a: readonly number[], b: readonly number[]): readonly number[] {
  let hits = 0;
  for (const x of a) if (b.includes(x)) hits++;
  return hits === a.length ? a : a.filter((x) => b.includes(x));
}

/** Rows whose common atoms don't single them out. */
function ambiguous(common: readonly (readonly number[])[]): boolean[] {
  const seen = new Map<number | string, number>();
  const keys = common.map((set) => (set.length === 1 ? (set[0] as number) : set.join()));
  for (const key of keys) seen.set(key, (seen.get(key) ?? 0) + 1);
  return keys.map((key) => key === "" || (seen.get(key) as number) > 1);
}

/** For each atom, in how many rows it occurs and a fingerprint of which. */
interface RowSupport {
  readonly slotOf: ReadonlyMap<number, number>;
  readonly count: readonly number[];
  readonly print: readonly number[];
  /** Atoms from this one on are newer. */
  readonly end: number;
}

function rowSupport(names: Names, ids: Int32Array, rows: number): RowSupport {
  const cols = ids.length / rows;
  const slotOf = new Map<number, number>();
  const count: number[] = [];
  const print: number[] = [];
  for (let row = 0; row < rows; row++) {
    const seen = newMark(names);
    const mark = fingerprint(row);
    for (let i = row * cols; i < (row + 1) * cols; i++)
      for (const atom of atoms(names, ids[i] as number)) {
        if (names.marks[atom] === seen) continue;
        names.marks[atom] = seen;
        const slot = slotOf.get(atom);
        if (slot === undefined) {
          slotOf.set(atom, count.push(1) - 1);
          print.push(mark);
        } else {
          count[slot]!++;
          print[slot]! += mark;
        }
      }
  }
  return { slotOf, count, print, end: names.count };
}

/**
 * A name of the row's own, split off its cells' most private atoms; shared by the rows that share all of those.
 * undefined where the row can't be told apart: a cell that must stay, or atoms shared with different rows. The row
 * then only has to keep a cell, which the cut checks.
 */
function splitRow(
  names: Names,
  row: Int32Array,
  shared: readonly number[],
  support: RowSupport,
  made: Map<number, number>,
): number | undefined {
  const chosen = new Set<number>();
  let key: number | undefined;
  for (const id of row) {
    const best = mostPrivate(names, id, shared, support);
    if (best < 0) return undefined;
    // An atom newer than the support is one that an earlier row of the same rows split.
    if (best >= support.end) return splitBefore(names, row, shared, made);
    const print = support.print[support.slotOf.get(best) as number] as number;
    key ??= print;
    if (print !== key) return undefined;
    chosen.add(best);
  }
  const own = made.get(key as number) ?? fresh(names, 1);
  made.set(key as number, own);
  for (const atom of chosen) become(names, atom, pair(names, own, fresh(names, 1)));
  return own;
}

/** The free atom of a cell that the fewest rows have, the row's common ones left out; -1 when there is none. */
function mostPrivate(
  names: Names,
  id: number,
  shared: readonly number[],
  { slotOf, count, end }: RowSupport,
): number {
  let best = -1;
  let fewest = Infinity;
  for (const atom of atoms(names, id)) {
    if (names.pins[atom] !== 0 || shared.includes(atom)) continue;
    const n = atom < end ? (count[slotOf.get(atom) as number] as number) : Infinity;
    if (n > fewest) continue;
    best = atom;
    fewest = n;
  }
  return best;
}

/** The split-off name that all cells of the row already carry, if there is one. */
function splitBefore(
  names: Names,
  row: Int32Array,
  shared: readonly number[],
  made: ReadonlyMap<number, number>,
): number | undefined {
  const candidates = new Set(made.values());
  const first = difference(atoms(names, row[0] as number), shared).filter((a) => candidates.has(a));
  return first.find((a) => row.every((id) => atoms(names, id).includes(a)));
}
