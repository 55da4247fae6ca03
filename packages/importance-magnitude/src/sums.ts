import type { Selector } from "@prune/graph";
import { type Axis, axesOf, commonAxes, eachStretch } from "./axes.js";
import { addPowers, type Runs } from "./power-sums.js";
import { stretch, type Values } from "./values.js";

/** Sums of |w|^p at every position of each selector, in the order of the weights: one pass where the views allow. */
export function sumsByPosition(values: Values, selectors: readonly Selector[], p: number): Float64Array[] {
  const axes = commonAxes(selectors);
  if (!axes) return selectors.flatMap((selector) => sumsByPosition(values, [selector], p));
  const sums = selectors.map(({ ids }) => new Float64Array(ids.length));
  if (values.length > 0) addAll(values, axes, sums, p);
  return sums;
}

/** The innermost axes are left to a loop over runs, which knows a single selector. */
function addAll(values: Values, axes: readonly Axis[], sums: readonly Float64Array[], p: number): void {
  const outer = [...axes];
  const length = moves(outer.at(-1)).length === 0 ? (outer.pop()?.size ?? 1) : 1;
  const [own = -1, ...others] = moves(outer.at(-1));
  const inner = own >= 0 && others.length === 0 ? outer.pop() : undefined;
  const runs: Runs = inner
    ? { count: inner.size, length, column: sums[own] as Float64Array, stride: inner.strides[own] as number }
    : { count: 1, length, column: new Float64Array(1), stride: 0 };
  const block = runs.count * length;
  const atOnce = Math.max(1, Math.floor(stretch / block)) * block;
  let data: Float32Array = new Float32Array(0);
  let start = 0;
  eachStretch(outer, sums.length, block, (from, at) => {
    const first = inner ? (at[own] as number) : 0;
    let total: number;
    if (block > stretch) total = addLong(values, from, runs, first, p);
    else {
      if (from >= start + data.length) {
        data = values.read(from, Math.min(values.length, from + atOnce));
        start = from;
      }
      total = addPowers(data, from - start, runs, first, p);
    }
    for (let s = 0; s < sums.length; s++) if (!inner || s !== own) sums[s]![at[s] as number]! += total;
  });
}

/** Runs that are more than one stretch together: as many at a time as fit, or each in parts. */
function addLong(values: Values, from: number, runs: Runs, first: number, p: number): number {
  const { count, length, stride } = runs;
  let total = 0;
  if (length > stretch) {
    for (let k = 0; k < count; k++) {
      const end = from + (k + 1) * length;
      for (let at = end - length; at < end; at += stretch) {
        const part = values.read(at, Math.min(end, at + stretch));
        total += addPowers(part, 0, { ...runs, count: 1, length: part.length }, first + k * stride, p);
      }
    }
    return total;
  }
  const some = Math.floor(stretch / length);
  for (let k = 0; k < count; k += some) {
    const fit = Math.min(some, count - k);
    const data = values.read(from + k * length, from + (k + fit) * length);
    total += addPowers(data, 0, { ...runs, count: fit }, first + k * stride, p);
  }
  return total;
}

/** The selectors that move along an axis. */
const moves = (axis: Axis | undefined): number[] =>
  axis?.strides.flatMap((stride, s) => (stride === 0 ? [] : [s])) ?? [];

/** Sums of w at every position of each selector, signs and all. */
export const plainSums = (values: Values, selectors: readonly Selector[]): Float64Array[] =>
  selectors.map((selector) => {
    const data = values.read(0, values.length);
    const sums = new Float64Array(selector.ids.length);
    eachRun(data, selector, (from, end, at) => {
      for (let i = from; i < end; i++) sums[at]! += data[i] as number;
    });
    return sums;
  });

/** The elements of each position of a selector, position by position. */
export function elementsByPosition(data: Float32Array, selector: Selector): Float32Array {
  const size = data.length / Math.max(1, selector.ids.length);
  const next = new Int32Array(selector.ids.length);
  const out = new Float32Array(data.length);
  eachRun(data, selector, (from, end, at) => {
    out.set(data.subarray(from, end), at * size + (next[at] as number));
    next[at]! += end - from;
  });
  return out;
}

/** Visits the weights by runs of one position of a selector, in order. */
function eachRun(
  data: Float32Array,
  selector: Selector,
  visit: (from: number, end: number, at: number) => void,
): void {
  if (data.length === 0) return;
  const outer = axesOf(selector);
  const run = moves(outer.at(-1)).length === 0 ? (outer.pop()?.size ?? 1) : 1;
  eachStretch(outer, 1, run, (from, [at = 0]) => visit(from, from + run, at));
}
