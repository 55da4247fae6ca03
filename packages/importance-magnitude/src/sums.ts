import type { Selector } from "@prune/graph/advanced";
import { type Axis, axesOf, commonAxes, eachStretch } from "./axes.js";
import { type Adder, adderOf } from "./kernel/adder.js";
import type { Runs } from "./power-sums.js";
import { stretch, type Values } from "./values.js";

/**
 * Sums of |w|^p at every position of each selector, in the order of the weights: one pass where the views allow. By
 * WebAssembly where there is any, or as `adding` says; the sums are the same bits.
 */
export function sumsByPosition(
  values: Values,
  selectors: readonly Selector[],
  p: number,
  adding: typeof adderOf = adderOf,
): Float64Array[] {
  const axes = commonAxes(selectors);
  if (!axes) return selectors.flatMap((selector) => sumsByPosition(values, [selector], p, adding));
  const sums = selectors.map(({ ids }) => new Float64Array(ids.length));
  if (values.length > 0) addAll(values, axes, sums, p, adding);
  return sums;
}

/** The innermost axes are left to a loop over runs, which knows a single selector. */
function addAll(
  values: Values,
  axes: readonly Axis[],
  sums: readonly Float64Array[],
  p: number,
  adding: typeof adderOf,
): void {
  const outer = [...axes];
  const length = moves(outer.at(-1)).length === 0 ? (outer.pop()?.size ?? 1) : 1;
  const [own = -1, ...others] = moves(outer.at(-1));
  const inner = own >= 0 && others.length === 0 ? outer.pop() : undefined;
  const [count, stride] = inner ? [inner.size, inner.strides[own] as number] : [1, 0];
  const adder = adding(values, inner ? (sums[own] as Float64Array) : new Float64Array(1), p);
  const block = count * length;
  const atOnce = Math.max(1, Math.floor(stretch / block)) * block;
  let [start, end] = [0, 0];
  eachStretch(outer, sums.length, block, (from, at) => {
    const first = inner ? (at[own] as number) : 0;
    let total: number;
    if (block > stretch) total = addLong(adder, from, { count, length, stride }, first);
    else {
      if (from >= end) {
        start = from;
        end = Math.min(values.length, from + atOnce);
        adder.read(start, end);
      }
      total = adder.add(from - start, count, length, first, stride);
    }
    for (let s = 0; s < sums.length; s++) if (!inner || s !== own) sums[s]![at[s] as number]! += total;
  });
  adder.end();
}

/** Runs that are more than one stretch together: as many at a time as fit, or each in parts. */
function addLong(
  adder: Adder,
  from: number,
  { count, length, stride }: Omit<Runs, "column">,
  first: number,
): number {
  let total = 0;
  if (length > stretch) {
    for (let k = 0; k < count; k++) {
      const end = from + (k + 1) * length;
      for (let at = end - length; at < end; at += stretch) {
        const to = Math.min(end, at + stretch);
        adder.read(at, to);
        total += adder.add(0, 1, to - at, first + k * stride, stride);
      }
    }
    return total;
  }
  const some = Math.floor(stretch / length);
  for (let k = 0; k < count; k += some) {
    const fit = Math.min(some, count - k);
    adder.read(from + k * length, from + (k + fit) * length);
    total += adder.add(0, fit, length, first + k * stride, stride);
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
