import type { WeightData } from "@prune/graph";
import type { StoredValues } from "@prune/graph/advanced";

/** The values of a parameter in row-major order, read in stretches so that none has to be in memory whole. */
export interface Values {
  readonly length: number;
  /** Elements [from, to), good until the next call. */
  read(from: number, to: number): Float32Array;
  /** The same as they are stored. */
  readonly stored?: StoredValues;
}

/** Elements that are read at a time: few enough to stay in a processor's cache. */
export const stretch: number = 1 << 18;

export function valuesOf(weights: WeightData): Values {
  const { read } = weights;
  const { stored } = weights;
  if (read) return { length: weights.shape.reduce((a, b) => a * b, 1), read, ...(stored && { stored }) };
  const { data } = weights;
  return { length: data.length, read: (from, to) => data.subarray(from, to) };
}
