import { elementCount, numbersOf } from "./numbers.js";
import type { Values } from "./values.js";

/** What the elements of an output are like as a whole. */
export interface Summary {
  readonly count: number;
  /** Over the finite elements; 0 when there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  /** Elements that are NaN or infinite. */
  readonly nonFinite: number;
  /** All elements are the same, so that comparing this output proves little. */
  readonly constant: boolean;
}

/** What an output looks like: a comparison of constant or non-finite outputs says nothing. */
export function summarise(values: Values): Summary {
  const at = numbersOf(values);
  const count = at ? elementCount(values) : 0;
  let [min, max, mean, squares, finite] = [Infinity, -Infinity, 0, 0, 0];
  for (let index = 0; index < count; index++) {
    const value = at?.(index) ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    finite++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    const step = value - mean;
    mean += step / finite;
    squares += step * (value - mean);
  }
  const nonFinite = count - finite;
  const constant = nonFinite === 0 ? min >= max || count === 0 : finite === 0;
  if (finite === 0) return { count, min: 0, max: 0, mean: 0, deviation: 0, nonFinite, constant };
  return { count, min, max, mean, deviation: Math.sqrt(squares / finite), nonFinite, constant };
}

/** All NaN or infinite: equal to anything of the kind. */
export function saysNothing(values: Values): boolean {
  const { count, nonFinite } = summarise(values);
  return count === nonFinite;
}
