import { addPowers } from "../power-sums.js";
import { stretch, type Values } from "../values.js";
import { reserve, type SumKernel, sumKernel } from "./kernel.js";

/** Adds up runs of weights in a column of sums, a stretch at a time. */
export interface Adder {
  /** Takes elements [from, to), at most a stretch. */
  read(from: number, to: number): void;
  /**
   * Adds the sum of |w|^p of each of `count` runs of `length` elements, from the one at `at` of those that were read on,
   * to its place in the column: `first`, and `stride` more each time. Returns the sum of all.
   */
  add(at: number, count: number, length: number, first: number, stride: number): number;
  /** Keeps the sums so far, before others may add; `enter` goes on with them. What was read is gone. */
  leave(): void;
  enter(): void;
  /** Leaves the sums in the column. */
  end(): void;
}

/** By WebAssembly where there is any and it is worth it, else by the loops that it repeats: the sums are the same bits. */
export function adderOf(values: Values, column: Float64Array, p: number): Adder {
  const isFast = (p === 1 || p === 2) && values.length >= least && column.length <= most;
  const kernel = isFast ? sumKernel() : undefined;
  return kernel ? kernelAdder(kernel, values, column, p) : plainAdder(values, column, p);
}

/** Weights of fewer elements are added up sooner than they are copied. */
const least = 1 << 10;
/** Positions of a column that the kernel's memory makes room for. */
const most = 1 << 18;

export function plainAdder(values: Values, column: Float64Array, p: number): Adder {
  let data: Float32Array = new Float32Array(0);
  return {
    read(from, to) {
      data = values.read(from, to);
    },
    add: (at, count, length, first, stride) =>
      addPowers(data, at, { count, length, column, stride }, first, p),
    leave() {},
    enter() {},
    end() {},
  };
}

/** Bytes of a float64, and of the float32 numbers that the kernel adds. */
const [wide, narrow] = [8, 4];

/** The column lies first in the kernel's memory, then the stretch as it is stored, then its numbers if those are others. */
export function kernelAdder(kernel: SumKernel, values: Values, column: Float64Array, p: number): Adder {
  const { stored } = values;
  const size = stored && stored.type !== "float32" ? narrow / 2 : narrow;
  const raw = Math.ceil((column.length * wide) / 16) * 16;
  const longest = Math.min(stretch, values.length);
  // What is converted is so by four.
  const numbers = size === narrow ? raw : raw + (longest + 3) * narrow;
  const kept = new Float64Array(column.length);
  let buffer: ArrayBuffer;
  let sums: Float64Array;
  const enter = (): void => {
    reserve(kernel, numbers + (longest + 4) * narrow);
    buffer = kernel.memory.buffer;
    sums = new Float64Array(buffer, 0, column.length);
    sums.set(kept);
  };
  enter();
  const square = p === 2 ? 1 : 0;
  return {
    read(from, to) {
      const length = (to - from) * size;
      const place = new Uint8Array(buffer, raw, length);
      if (stored) {
        const bytes = stored.read(from, to, place);
        if (bytes.buffer !== buffer) place.set(bytes);
      } else new Float32Array(buffer, raw, to - from).set(values.read(from, to));
      if (stored?.type === "float16") kernel.fromHalves(raw, numbers, to - from);
      if (stored?.type === "bfloat16") kernel.fromBrains(raw, numbers, to - from);
    },
    add(at, count, length, first, stride) {
      const from = numbers + at * narrow;
      const to = first * wide;
      return length === 1
        ? kernel.addElements(from, count, to, stride * wide, square)
        : kernel.addRuns(from, count, length, to, stride * wide, square);
    },
    leave: () => kept.set(sums),
    enter,
    end() {
      for (let i = 0; i < column.length; i++) column[i]! += sums[i]!;
    },
  };
}
