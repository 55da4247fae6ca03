import type { Family, Probe } from "@prune/graph";
import type { Selector } from "@prune/graph/advanced";
import { dutyOf, type Occurrences, occurrences } from "@prune/importance-magnitude/advanced";
import type { PenaltyOptions } from "./penalty.js";

/** The families that a penalty is for. */
export const familiesOf = (probe: Probe, { families }: PenaltyOptions): readonly Family[] =>
  families ?? probe.trace.families.filter(({ kind }) => kind === "channels");

const known = new WeakMap<Family, readonly Occurrences[]>();

/** Where a family's weights lie; biases only when asked, running statistics never. */
export function placesOf({ trace }: Probe, family: Family, bias: boolean): readonly Occurrences[] {
  const all = known.get(family) ?? occurrences(trace, family);
  known.set(family, all);
  return all.filter(({ member: { parameter } }) => {
    const duty = dutyOf(trace, parameter);
    return duty !== "statistic" && (bias || duty !== "bias");
  });
}

/** Stored values of a place's parameter. */
export const weightsAt = ({ weights }: Probe, { member }: Occurrences): Float32Array | undefined =>
  weights(member.parameter.tensor)?.data;

/** Per position of a place, the sum of a number of its units. */
export function byPosition({ start, unit }: Occurrences, of: Float64Array): Float64Array {
  const sums = new Float64Array(start.length - 1);
  for (let p = 0; p < sums.length; p++)
    for (let i = start[p] as number; i < (start[p + 1] as number); i++)
      sums[p]! += of[unit[i] as number] as number;
  return sums;
}

/** Visits a tensor's elements [from, to) that share a position of a selector, in order. */
export function eachRun(
  { view, dims }: Selector,
  visit: (position: number, from: number, to: number) => void,
): void {
  const depth = Math.max(...dims) + 1;
  const run = view.slice(depth).reduce((a, b) => a * b, 1);
  const strides = view.slice(0, depth).map((_, d) => {
    const k = dims.indexOf(d);
    return k < 0 ? 0 : dims.slice(k + 1).reduce((a, e) => a * (view[e] as number), 1);
  });
  let from = 0;
  const walk = (d: number, position: number): void => {
    if (d === depth) {
      visit(position, from, from + run);
      from += run;
      return;
    }
    for (let i = 0; i < (view[d] as number); i++) walk(d + 1, position + i * (strides[d] as number));
  };
  walk(0, 0);
}

/** Squared norms of units over all of their weights. */
export function unitSquares(probe: Probe, family: Family, bias: boolean): Float64Array {
  const squares = new Float64Array(family.units.length);
  for (const place of placesOf(probe, family, bias)) {
    const data = weightsAt(probe, place);
    if (!data) continue;
    const { start, unit, member } = place;
    const sums = new Float64Array(start.length - 1);
    eachRun(member.selector, (position, from, to) => {
      for (let e = from; e < to; e++) sums[position]! += (data[e] as number) ** 2;
    });
    for (let p = 0; p < sums.length; p++)
      for (let i = start[p] as number; i < (start[p + 1] as number); i++)
        squares[unit[i] as number]! += sums[p] as number;
  }
  return squares;
}
