import { stridesOf } from "../layout/layout.js";
import type { Selector } from "../trace/value.js";

/**
 * Where an index over some dims of a view lies along each of them, in the order of `dims`; the formula of recipes and
 * selectors. Over dims of sizes s1, s2, ..., sk the index of (p1, p2, ..., pk) is row-major:
 * ((p1 * s2 + p2) * s3 + p3) ..., so that of one dim it is the position itself.
 */
export const positionsAt = (
  { view, dims }: Pick<RemovedPositions, "view" | "dims">,
  index: number,
): readonly number[] => {
  const at: number[] = [];
  let rest = index;
  for (const d of [...dims].reverse()) {
    const size = view[d] as number;
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
};

/** The index of positions along some dims of a view: the inverse of `positionsAt`. */
export const indexAt = (
  { view, dims }: Pick<RemovedPositions, "view" | "dims">,
  positions: readonly number[],
): number => dims.reduce((index, d, k) => index * (view[d] as number) + (positions[k] as number), 0);

/** The index, over some dims of a view, of the positions of one element of a tensor, row-major. */
export function indexOfElement(
  { view, dims }: Pick<RemovedPositions, "view" | "dims">,
  element: number,
): number {
  const at = positionsAt({ view, dims: [...view.keys()] }, element);
  return indexAt(
    { view, dims },
    dims.map((d) => at[d] as number),
  );
}

/** Positions that leave, counted row-major over some dims of a view of a parameter (`indexAt`): what a recipe stores. */
export interface RemovedPositions {
  readonly view: readonly number[];
  readonly dims: readonly number[];
  readonly removed: readonly number[];
}

/** What dead names remove, by selector; those that lose nothing are left out. */
export function removedPositions(selectors: readonly Selector[], life: Uint8Array): RemovedPositions[] {
  const found: RemovedPositions[] = [];
  for (const { view, dims, ids } of selectors) {
    const removed: number[] = [];
    for (let i = 0; i < ids.length; i++) if (life[ids[i] as number] === 0) removed.push(i);
    if (removed.length > 0) found.push({ view, dims, removed });
  }
  return found;
}

/** 1 for every element of a tensor that any of the selectors removes, row-major; undefined if none does. */
export function removedElements(
  shape: readonly number[],
  selectors: readonly RemovedPositions[],
): Uint8Array | undefined {
  let gone: Uint8Array | undefined;
  for (const { view, dims, removed } of selectors) {
    if (removed.length === 0) continue;
    gone ??= new Uint8Array(shape.reduce((a, b) => a * b, 1));
    const elements = gone;
    const leaves = new Uint8Array(dims.reduce((size, d) => size * (view[d] as number), 1));
    for (const position of removed) leaves[position] = 1;
    eachRun({ view, dims }, (from, to, index) => {
      if (leaves[index] === 1) elements.fill(1, from, to);
    });
  }
  return gone;
}

/**
 * Visits the elements of a tensor in order, in runs that share an index over some dims of a view (`indexAt`): as long as
 * the dims behind the last of those allow.
 */
export function eachRun(
  { view, dims }: Pick<RemovedPositions, "view" | "dims">,
  visit: (from: number, to: number, index: number) => void,
): void {
  const depth = Math.max(...dims) + 1;
  const strides = stridesOf(dims.map((d) => view[d] as number));
  const steps = Array.from({ length: depth }, (_, d) => strides[dims.indexOf(d)] ?? 0);
  const run = view.slice(depth).reduce((a, b) => a * b, 1);
  const count = view.reduce((a, b) => a * b, 1);
  const at = new Array<number>(depth).fill(0);
  for (let from = 0, index = 0; from < count; from += run) {
    visit(from, from + run, index);
    for (let d = depth - 1; d >= 0; d--) {
      index += steps[d] as number;
      at[d] = (at[d] as number) + 1;
      if ((at[d] as number) < (view[d] as number)) break;
      index -= (view[d] as number) * (steps[d] as number);
      at[d] = 0;
    }
  }
}
