import { fromHalf } from "@prune/samples/advanced";
import type { Values } from "./values.js";

/** Reads an element as a number; undefined for strings and other types that hold no plain numbers. */
export function numbersOf({ type, data }: Values): ((index: number) => number) | undefined {
  if (type === "string" || !ArrayBuffer.isView(data)) return undefined;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return (index) => Number(data[index]);
  const numbers = data as Float32Array;
  // Newer Nodes give float16 as Float16Array, which is numbers already.
  if (type === "float16" && data instanceof Uint16Array)
    return (index) => fromHalf(numbers[index] ?? Number.NaN);
  return (index) => numbers[index] ?? Number.NaN;
}

export function elementCount({ dims }: Values): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
