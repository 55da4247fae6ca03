import type { Window } from "@prune/onnx/advanced";
import type { Random } from "@prune/samples";

/** Where a window looks for some positions of its output. */
export interface Positions {
  /** Output positions that are sampled, ascending. */
  readonly chosen: BigInt64Array;
  /** Cells of the input's plane, sampled positions x kernel; the one behind the last is outside, where padding lies. */
  readonly cells: BigInt64Array;
}

/** Samples `count` output positions of a window that moves over a plane. */
export function windowPositions(
  window: Window,
  plane: readonly number[],
  count: number,
  random: Random,
): Positions {
  const chosen = sample(product(outputPlane(window, plane)), count, random);
  return { chosen: BigInt64Array.from(chosen, BigInt), cells: windowCells(window, plane, chosen) };
}

/** The cells that a window sees at some positions of its output; at what is none of them all lie outside. */
export function windowCells(
  window: Window,
  plane: readonly number[],
  positions: readonly number[],
): BigInt64Array {
  const output = outputPlane(window, plane);
  const begins = beginsOf(window, plane, output);
  const outside = BigInt(product(plane));
  const strides = plane.map((_, d) => product(plane.slice(d + 1)));
  const most = product(output);
  const taps = product(window.kernel);
  const offsets = Array.from({ length: taps }, (_, t) => unravel(t, window.kernel));
  const cells = new BigInt64Array(positions.length * taps).fill(outside);
  positions.forEach((position, p) => {
    if (position >= most) return;
    const at = unravel(position, output);
    offsets.forEach((offset, t) => {
      let cell = 0;
      for (let d = 0; d < plane.length && cell >= 0; d++) {
        const place = placeOf(window, d, at[d] as number, offset[d] as number, begins[d] as number);
        const isInside = Number.isInteger(place) && place >= 0 && place < (plane[d] as number);
        cell = isInside ? cell + place * (strides[d] as number) : -1;
      }
      cells[p * taps + t] = cell < 0 ? outside : BigInt(cell);
    });
  });
  return cells;
}

/** Where along one dim a tap of the kernel looks; a transposed convolution looks between cells where that is no integer. */
function placeOf(
  { strides, dilations, transposed }: Window,
  d: number,
  at: number,
  tap: number,
  begin: number,
): number {
  const reach = tap * (dilations[d] as number);
  const stride = strides[d] as number;
  return transposed ? (at + begin - reach) / stride : at * stride + reach - begin;
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

/** Sizes of the output's plane. */
export function outputPlane(window: Window, plane: readonly number[]): number[] {
  const { pads, autoPad, strides, outputPadding } = window;
  return plane.map((size, d) => {
    const stride = strides[d] as number;
    const around = pads ? (pads[d] as number) + (pads[plane.length + d] as number) : 0;
    if (window.transposed)
      return (size - 1) * stride + reachOf(window, d) + (outputPadding?.[d] ?? 0) - around;
    if (autoPad.startsWith("SAME")) return Math.ceil(size / stride);
    return Math.floor((size + around - reachOf(window, d)) / stride) + 1;
  });
}

const reachOf = ({ kernel, dilations }: Window, d: number): number =>
  ((kernel[d] as number) - 1) * (dilations[d] as number) + 1;

/** Padding before each dim. */
function beginsOf(window: Window, plane: readonly number[], output: readonly number[]): number[] {
  const { pads, autoPad, strides } = window;
  return plane.map((size, d) => {
    if (pads) return pads[d] as number;
    if (!autoPad.startsWith("SAME")) return 0;
    const span = ((output[d] as number) - 1) * (strides[d] as number) + reachOf(window, d);
    const total = Math.max(0, span - size);
    const half = Math.floor(total / 2);
    return autoPad === "SAME_LOWER" ? total - half : half;
  });
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
