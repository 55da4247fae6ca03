import { atOnce, type Selector, type Steps } from "@prune/graph/advanced";
import { type Axis, axesOf, commonAxes, eachStretch, walkOf } from "./axes.js";
import { type Adder, adderOf } from "./kernel/adder.js";
import type { Runs } from "./power-sums.js";
import { stretch, type Values } from "./values.js";

/**
 * Sums of |w|^p at every position of each selector, in the order of the weights: one pass where the views allow. By
 * WebAssembly where there is any, or as `adding` says; the sums are the same bits.
 */
export const sumsByPosition = (...asked: Parameters<typeof summing>): Float64Array[] =>
  atOnce(summing(...asked));

/** The same in steps. */
export function* summing(
  values: Values,
  selectors: readonly Selector[],
  p: number,
  adding: typeof adderOf = adderOf,
): Steps<Float64Array[]> {
  const axes = commonAxes(selectors);
  if (!axes) {
    const all: Float64Array[] = [];
    for (const selector of selectors) all.push(...(yield* summing(values, [selector], p, adding)));
    return all;
  }
  const sums = selectors.map(({ ids }) => new Float64Array(ids.length));
  if (values.length > 0) yield* addAll(values, axes, sums, p, adding);
  return sums;
}

/** Elements that are added up between two breaths, about. */
const breath = 2 * stretch;

/** The innermost axes are left to a loop over runs, which knows a single selector. */
function* addAll(
  values: Values,
  axes: readonly Axis[],
  sums: readonly Float64Array[],
  p: number,
  adding: typeof adderOf,
): Steps<void> {
  const outer = [...axes];
  const length = moves(outer.at(-1)).length === 0 ? (outer.pop()?.size ?? 1) : 1;
  const [own = -1, ...others] = moves(outer.at(-1));
  const inner = own >= 0 && others.length === 0 ? outer.pop() : undefined;
  const [count, stride] = inner ? [inner.size, inner.strides[own] as number] : [1, 0];
  const adder = adding(values, inner ? (sums[own] as Float64Array) : new Float64Array(1), p);
  const block = count * length;
  const isLong = block > stretch;
  const several = Math.max(1, Math.floor(stretch / block)) * block;
  let [start, end] = [0, 0];
  const addTo = (at: Int32Array, total: number): void => {
    for (let s = 0; s < sums.length; s++) if (!inner || s !== own) sums[s]![at[s] as number]! += total;
  };
  let long: { readonly from: number; readonly at: Int32Array } | undefined;
  const walk = walkOf(outer, sums.length, block, (from, at) => {
    if (isLong) {
      long = { from, at: at.slice() };
      return;
    }
    if (from >= end) {
      start = from;
      end = Math.min(values.length, from + several);
      adder.read(start, end);
    }
    addTo(at, adder.add(from - start, count, length, inner ? (at[own] as number) : 0, stride));
  });
  for (let until = isLong ? 1 : breath, left = true; left; until += isLong ? block : breath) {
    left = walk.to(until);
    if (long) {
      const { from, at } = long;
      const first = inner ? (at[own] as number) : 0;
      addTo(at, yield* addLong(adder, from, { count, length, stride }, first));
    } else if (left) {
      yield* pause(adder);
      end = 0; // what was read may be gone
    }
  }
  adder.end();
}

/** Others may use what the adder works in meanwhile. */
function* pause(adder: Adder): Steps<void> {
  adder.leave();
  yield;
  adder.enter();
}

/** Runs that are more than one stretch together: as many at a time as fit, or each in parts. */
function* addLong(
  adder: Adder,
  from: number,
  { count, length, stride }: Omit<Runs, "column">,
  first: number,
): Steps<number> {
  let total = 0;
  if (length > stretch) {
    for (let k = 0; k < count; k++) {
      const end = from + (k + 1) * length;
      for (let at = end - length; at < end; at += stretch) {
        const to = Math.min(end, at + stretch);
        adder.read(at, to);
        total += adder.add(0, 1, to - at, first + k * stride, stride);
        yield* pause(adder);
      }
    }
    return total;
  }
  const some = Math.floor(stretch / length);
  for (let k = 0; k < count; k += some) {
    const fit = Math.min(some, count - k);
    adder.read(from + k * length, from + (k + fit) * length);
    total += adder.add(0, fit, length, first + k * stride, stride);
    yield* pause(adder);
  }
  return total;
}

/** The selectors that move along an axis. */
const moves = (axis: Axis | undefined): number[] =>
  axis?.strides.flatMap((stride, s) => (stride === 0 ? [] : [s])) ?? [];

/** Sums of w at every position of each selector, signs and all. */
export function* plainSums(values: Values, selectors: readonly Selector[]): Steps<Float64Array[]> {
  const all: Float64Array[] = [];
  for (const selector of selectors) {
    const data = values.read(0, values.length);
    const sums = new Float64Array(selector.ids.length);
    eachRun(data, selector, (from, end, at) => {
      for (let i = from; i < end; i++) sums[at]! += data[i] as number;
    });
    all.push(sums);
    yield;
  }
  return all;
}

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
