import { GraphError } from "../errors.js";
import type { AtomSets } from "./atom-sets.js";

/**
 * Names of axis positions. A name is an id in a union-find: the constant TRUE, an atom, or the conjunction of two
 * names. Positions with equal names live and die together; a position dies as soon as one atom of its name is removed.
 * Operations only ever add implications, so precision may be lost but not soundness.
 */
export interface Names {
  count: number;
  /** How often an atom became another name. */
  changes: number;
  /** The atoms of all names as they were when so many names and changes had been made. */
  flat: { readonly age: number; readonly sets: AtomSets } | undefined;
  /** Union-find forest; a root is its own parent. */
  parent: Int32Array;
  /** Parts of a defined root; 0 for atoms. */
  left: Int32Array;
  right: Int32Array;
  /** Of a root atom: 1 + index into `reasons` when it must stay, else 0. */
  pins: Int32Array;
  /** Of a root atom: bits of `Note`. */
  notes: Uint8Array;
  /** What a pass over names has met is marked with the number that `newMark` gave it. */
  marks: Int32Array;
  lastMark: number;
  readonly reasons: Reason[];
  readonly conjunctions: Map<number, number>;
  /** Of a defined root: 1 + index into `sets` where its atoms were listed, else 0. */
  listed: Int32Array;
  readonly sets: (readonly number[])[];
  /** Every row naming made so far: a row lives iff its name does, which the cut checks. */
  readonly projections: Projection[];
  /** Projections by names array and shape, so that layouts that share names project once. */
  readonly projected: WeakMap<Int32Array, Map<string, Int32Array>>;
}

/** `rows[r]` names row r of the grid `ids`, whose rows have equal length. */
export interface Projection {
  readonly ids: Int32Array;
  readonly rows: Int32Array;
}

/** Why something must stay. */
export interface Reason {
  readonly code: string;
  /** For a person; says what holds the axis. */
  readonly text: string;
  readonly node?: string;
}

/** The name that never dies. */
export const TRUE = 0;

/** Cutting under these changes statistics: the law then holds for the graph with masked statistics. */
export const Note = { norm: 1, extremum: 2 } as const;

export function createNames(capacity: number = 1 << 12): Names {
  return {
    count: 1,
    changes: 0,
    flat: undefined,
    parent: new Int32Array(capacity),
    left: new Int32Array(capacity),
    right: new Int32Array(capacity),
    pins: new Int32Array(capacity),
    notes: new Uint8Array(capacity),
    marks: new Int32Array(capacity),
    lastMark: 0,
    listed: new Int32Array(capacity),
    reasons: [],
    conjunctions: new Map(),
    sets: [],
    projections: [],
    projected: new WeakMap(),
  };
}

function grow(names: Names, need: number): void {
  const size = Math.max(need, names.parent.length * 2);
  for (const key of ["parent", "left", "right", "pins", "marks", "listed"] as const) {
    const next = new Int32Array(size);
    copyWritten(names[key], next);
    names[key] = next;
  }
  const notes = new Uint8Array(size);
  copyWritten(names.notes, notes);
  names.notes = notes;
}

/**
 * Copies a list that is mostly zeros but for stretches of nothing else: memory that was never written to is not there
 * yet, and big networks have millions of names.
 */
function copyWritten<List extends Int32Array | Uint8Array>(from: List, to: List): void {
  if (from.length <= fewNames) {
    to.set(from);
    return;
  }
  // Pages of memory, found by hand: a view of each takes longer than looking at it.
  const step = 1024;
  for (let at = 0; at < from.length; at += step) {
    const end = Math.min(at + step, from.length);
    let i = at;
    while (i < end && from[i] === 0) i++;
    if (i < end) to.set(from.subarray(i, end), i);
  }
}

/** Lists of so few names are copied whole. */
const fewNames = 1 << 17;

/** Names that a trace may have: beyond, shapes are damaged, and memory would run out. */
export const mostNames: number = 1 << 24;

/** First of `n` new consecutive atoms. */
export function fresh(names: Names, n: number): number {
  const first = names.count;
  if (!(first + n <= mostNames))
    throw new GraphError("too-many-names", { names: first + n, limit: mostNames });
  if (first + n > names.parent.length) grow(names, first + n);
  for (let id = first; id < first + n; id++) names.parent[id] = id;
  names.count = first + n;
  return first;
}

export function freshIds(names: Names, n: number): Int32Array {
  const first = fresh(names, n);
  const ids = new Int32Array(n);
  for (let i = 0; i < n; i++) ids[i] = first + i;
  return ids;
}

export function find(names: Names, id: number): number {
  const { parent } = names;
  let root = id;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root] as number] as number;
    root = parent[root] as number;
  }
  return root;
}

/** A mark that no name has yet. */
export const newMark = (names: Names): number => ++names.lastMark;

export const isAtom = (names: Names, root: number): boolean => root !== TRUE && names.left[root] === 0;

const none: readonly number[] = [];

/** Root atoms of a name, ascending. */
export const atoms = (names: Names, id: number): readonly number[] => atomsWithin(names, id, deepest);

/** How far parts of parts are listed one by one; names below are walked together. */
const deepest = 8;

function atomsWithin(names: Names, id: number, depth: number): readonly number[] {
  const root = find(names, id);
  const known = knownSet(names, root);
  if (known) return known;
  const found = depth > 0 ? joinedParts(names, root, depth - 1) : collect(names, root);
  const at = names.listed[root] as number;
  if (at > 0) names.sets[at - 1] = found;
  else names.listed[root] = names.sets.push(found);
  return found;
}

function knownSet(names: Names, root: number): readonly number[] | undefined {
  if (root === TRUE) return none;
  if (names.left[root] === 0) return [root];
  const at = names.listed[root] as number;
  if (at === 0) return pairOf(names, root);
  const set = names.sets[at - 1] as readonly number[];
  return isCurrent(names, set) ? set : undefined;
}

/** The usual name has two atoms: not worth keeping. */
function pairOf(names: Names, root: number): readonly number[] | undefined {
  const a = find(names, names.left[root] as number);
  const b = find(names, names.right[root] as number);
  if (a === b || !isAtom(names, a) || !isAtom(names, b)) return undefined;
  return a < b ? [a, b] : [b, a];
}

/** The union of the two parts' atoms. */
function joinedParts(names: Names, root: number, depth: number): number[] {
  const a = atomsWithin(names, names.left[root] as number, depth);
  const b = atomsWithin(names, names.right[root] as number, depth);
  const union: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    while (j < b.length && (b[j] as number) < x) union.push(b[j++] as number);
    if (b[j] === x) j++;
    union.push(x);
  }
  while (j < b.length) union.push(b[j++] as number);
  return union;
}

/** Atoms that were united or defined since make a cached set stale. */
function isCurrent({ parent, left }: Names, set: readonly number[]): boolean {
  for (let i = 0; i < set.length; i++) {
    const atom = set[i] as number;
    if (parent[atom] !== atom || left[atom] !== 0) return false;
  }
  return true;
}

function collect(names: Names, root: number): number[] {
  const seen = new Set<number>();
  const found: number[] = [];
  const stack = [root];
  while (stack.length > 0) {
    const id = find(names, stack.pop() as number);
    if (id === TRUE || seen.has(id)) continue;
    seen.add(id);
    if (names.left[id] === 0) found.push(id);
    else stack.push(names.left[id] as number, names.right[id] as number);
  }
  return found.sort((a, b) => a - b);
}

/** Atoms of `a` that are not in `b`; both ascending. */
export function difference(a: readonly number[], b: readonly number[]): number[] {
  const rest: number[] = [];
  let j = 0;
  for (const x of a) {
    while (j < b.length && (b[j] as number) < x) j++;
    if (b[j] !== x) rest.push(x);
  }
  return rest;
}

/** The name that lives while both do. */
export function conjunction(names: Names, a: number, b: number): number {
  let x = find(names, a);
  let y = find(names, b);
  if (x === y || y === TRUE) return x;
  if (x === TRUE) return y;
  if (x > y) [x, y] = [y, x];
  const key = x * 67108864 + y;
  const memo = names.conjunctions.get(key);
  if (memo !== undefined) return find(names, memo);
  const result = define(names, x, y);
  names.conjunctions.set(key, result);
  return result;
}

/** The conjunction of two different atoms that were never joined before. */
export function pair(names: Names, x: number, y: number): number {
  const id = fresh(names, 1);
  names.left[id] = x;
  names.right[id] = y;
  return id;
}

function define(names: Names, x: number, y: number): number {
  if (!isAtom(names, x) || !isAtom(names, y)) {
    const X = atoms(names, x);
    const Y = atoms(names, y);
    if (difference(X, Y).length === 0) return y;
    if (difference(Y, X).length === 0) return x;
  }
  return pair(names, x, y);
}

export const conjunctionOf = (names: Names, parts: readonly number[]): number =>
  parts.reduce((all, part) => conjunction(names, all, part), TRUE);

/** Makes an atom mean another name from now on, wherever it occurs; its pin and notes move to that name's atoms. */
export function become(names: Names, atom: number, name: number): void {
  const target = find(names, name);
  const pin = names.pins[atom] as number;
  const notes = names.notes[atom] as number;
  names.parent[atom] = target;
  names.changes++;
  if (pin === 0 && notes === 0) return;
  for (const part of atoms(names, target)) {
    names.pins[part] ||= pin;
    names.notes[part] = (names.notes[part] as number) | notes;
  }
}

/** Index of a reason for `pin`. */
export function reason(names: Names, why: Reason): number {
  return names.reasons.push(why);
}

/** Names that must stay, by a reason's index; the first reason is kept. */
export function pinName(names: Names, id: number, why: number): void {
  for (const atom of atoms(names, id)) names.pins[atom] ||= why;
}

export function noteName(names: Names, id: number, bits: number): void {
  for (const atom of atoms(names, id)) names.notes[atom] = (names.notes[atom] as number) | bits;
}

export const isPinned = (names: Names, id: number): boolean =>
  atoms(names, id).every((atom) => names.pins[atom] !== 0);
