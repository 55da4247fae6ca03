import type { Window } from "@prune/onnx";
import type { Random } from "../random.js";

/** Where a window looks: padding of the input's plane, and the cells of the padded plane by output position. */
export interface Positions {
  /** Zeros before and after each spatial dim. */
  readonly pads: readonly number[];
  /** Output positions that are sampled, ascending. */
  readonly chosen: BigInt64Array;
  /** Cells of the padded plane, sampled positions x kernel. */
  readonly cells: BigInt64Array;
}

/** Samples `count` output positions of a window that moves over a plane. */
export function windowPositions(
  window: Window,
  plane: readonly number[],
  output: readonly number[],
  count: number,
  random: Random,
): Positions {
  const pads = padsOf(window, plane, output);
  const n = plane.length;
  const padded = plane.map((size, d) => size + (pads[d] as number) + (pads[n + d] as number));
  const strides = padded.map((_, d) => padded.slice(d + 1).reduce((a, b) => a * b, 1));
  const chosen = sample(product(output), count, random);
  const taps = product(window.kernel);
  const cells = new BigInt64Array(chosen.length * taps);
  chosen.forEach((position, p) => {
    const at = unravel(position, output);
    for (let t = 0; t < taps; t++) {
      const offset = unravel(t, window.kernel);
      let cell = 0;
      for (let d = 0; d < n; d++)
        cell +=
          ((at[d] as number) * (window.strides[d] as number) +
            (offset[d] as number) * (window.dilations[d] as number)) *
          (strides[d] as number);
      cells[p * taps + t] = BigInt(cell);
    }
  });
  return { pads, chosen: BigInt64Array.from(chosen, BigInt), cells };
}

/** `count` of the numbers below `size`, each at most once, ascending. */
export function sample(size: number, count: number, random: Random): number[] {
  const all = Array.from({ length: size }, (_, i) => i);
  if (count >= size) return all;
  for (let i = 0; i < count; i++) {
    const j = i + random.integer(size - i);
    [all[i], all[j]] = [all[j] as number, all[i] as number];
  }
  return all.slice(0, count).sort((a, b) => a - b);
}

function padsOf(window: Window, plane: readonly number[], output: readonly number[]): number[] {
  const { pads, autoPad, kernel, strides, dilations } = window;
  const n = plane.length;
  const begins: number[] = [];
  const ends: number[] = [];
  plane.forEach((size, d) => {
    const reach = ((kernel[d] as number) - 1) * (dilations[d] as number) + 1;
    const span = ((output[d] as number) - 1) * (strides[d] as number) + reach;
    const total = autoPad.startsWith("SAME") ? Math.max(0, span - size) : 0;
    const small = Math.floor(total / 2);
    begins.push(pads ? (pads[d] as number) : autoPad === "SAME_LOWER" ? total - small : small);
    ends.push(pads ? (pads[n + d] as number) : total - (begins[d] as number));
  });
  return [...begins, ...ends];
}

function unravel(index: number, sizes: readonly number[]): number[] {
  const at = new Array<number>(sizes.length);
  let rest = index;
  for (let d = sizes.length - 1; d >= 0; d--) {
    at[d] = rest % (sizes[d] as number);
    rest = Math.floor(rest / (sizes[d] as number));
  }
  return at;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
