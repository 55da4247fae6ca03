import {
  atoms,
  become,
  conjunctionOf,
  difference,
  find,
  fresh,
  isAtom,
  type Names,
  pinName,
  TRUE,
} from "./names.js";

/**
 * Makes two arrays of names equal cell by cell: what one side loses, the other loses. `why` is the reason used
 * where one side can't be removed at all.
 */
export function unite(names: Names, a: Int32Array, b: Int32Array, why: number): void {
  let hard: number[] | undefined;
  for (let i = 0; i < a.length; i++) {
    const x = find(names, a[i] as number);
    const y = find(names, b[i] as number);
    if (x === y) continue;
    if (isAtom(names, x) && isAtom(names, y)) link(names, x, y);
    else if (!settle(names, x, y, why)) {
      hard ??= [];
      hard.push(i);
    }
  }
  if (hard) matchBySupport(names, a, b, hard, why);
}

function link(names: Names, x: number, y: number): void {
  if (x < y) become(names, y, x);
  else become(names, x, y);
}

/** Unites two names unless each has two or more atoms of its own. */
function settle(names: Names, x: number, y: number, why: number): boolean {
  if (x === TRUE || y === TRUE) {
    pinName(names, x === TRUE ? y : x, why);
    return true;
  }
  const X = atoms(names, x);
  const Y = atoms(names, y);
  const ownX = difference(X, Y);
  const ownY = difference(Y, X);
  if (ownX.length === 0 && ownY.length === 0) return true;
  if (ownX.length === 0) absorb(names, X, ownY);
  else if (ownY.length === 0) absorb(names, Y, ownX);
  else if (ownX.length === 1) become(names, ownX[0] as number, conjunctionOf(names, ownY));
  else if (ownY.length === 1) become(names, ownY[0] as number, conjunctionOf(names, ownX));
  else return false;
  return true;
}

/** The smaller set gains the other's extra atoms through its last atom; linking would merge whole rows. */
function absorb(names: Names, smaller: readonly number[], extra: readonly number[]): void {
  const last = smaller[smaller.length - 1] as number;
  become(names, last, conjunctionOf(names, [fresh(names, 1), ...extra]));
}

/**
 * Composite against composite: atoms that occur at the same set of positions play the same part and are linked;
 * what is left over is tied in order, which is coarser than need be but sound.
 */
function matchBySupport(
  names: Names,
  a: Int32Array,
  b: Int32Array,
  cells: readonly number[],
  why: number,
): void {
  const supportA = supports(names, a, b, cells);
  const supportB = supports(names, b, a, cells);
  for (const i of cells) {
    const x = find(names, a[i] as number);
    const y = find(names, b[i] as number);
    if (x === y || settle(names, x, y, why)) continue;
    const restX = difference(atoms(names, x), atoms(names, y));
    const restY = difference(atoms(names, y), atoms(names, x));
    for (const atom of restX) {
      const at = restY.findIndex((other) => supportB.get(other) === supportA.get(atom));
      if (at >= 0 && supportA.has(atom)) link(names, atom, restY.splice(at, 1)[0] as number);
    }
    tieRest(names, x, y, why);
  }
}

function tieRest(names: Names, x: number, y: number, why: number): void {
  for (;;) {
    const a = find(names, x);
    const b = find(names, y);
    if (a === b || settle(names, a, b, why)) return;
    const restA = difference(atoms(names, a), atoms(names, b));
    const restB = difference(atoms(names, b), atoms(names, a));
    link(names, restA[0] as number, restB[0] as number);
  }
}

/** A fingerprint of the set of cells each atom of `a` (not in `b`) occurs at. */
function supports(names: Names, a: Int32Array, b: Int32Array, cells: readonly number[]): Map<number, number> {
  const support = new Map<number, number>();
  for (const i of cells)
    for (const atom of difference(atoms(names, a[i] as number), atoms(names, b[i] as number)))
      support.set(atom, (support.get(atom) ?? 0) + fingerprint(i));
  return support;
}

/** A well spread 31-bit value per position; sums of up to 2^22 of them stay exact. */
export function fingerprint(position: number): number {
  let h = Math.imul(position + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return ((h ^ (h >>> 13)) >>> 1) + 1;
}
