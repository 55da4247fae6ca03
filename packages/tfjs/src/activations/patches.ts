import * as tf from "@tensorflow/tfjs-core";

/** How a convolution's window moves over the dims between batch and channels, channels being last. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros before and after each dim; "same" for as many as keep the size at stride 1. */
  readonly pads: readonly (readonly [number, number])[] | "same" | "valid";
}

/** What each position of a convolution's output sees of its input, for some of the positions. */
export interface Patches {
  /** Positions in all, over the batch. */
  readonly count: number;
  /** [at.length, places x channels], places outermost; a product's rows are [at.length, channels]. */
  rows(at: Int32Array): tf.Tensor2D;
}

/**
 * The rows that a layer multiplies by its kernel: x is [batch, ..places, channels]. They are copied on this side of the
 * runtime, because only some are wanted: its own slices and look-ups go over all of x for each place of the window.
 */
export function patchesOf(x: tf.Tensor, window: Window | undefined): Patches {
  const channels = x.shape.at(-1) as number;
  const places = window ? placesOf(window.kernel) : [[]];
  const sizes = window ? x.shape.slice(1, -1) : [];
  const out = window ? outputSizes(window, sizes) : [];
  const batch = window ? (x.shape[0] as number) : x.size / channels;
  const count = out.reduce((a, b) => a * b, batch);
  return {
    count,
    rows(at) {
      const values = x.dataSync<"float32">();
      const width = places.length * channels;
      const rows = new Float32Array(at.length * width);
      const seen = window && seenBy(window, sizes, out);
      for (let row = 0; row < at.length; row++)
        for (let place = 0; place < places.length; place++) {
          const from = seen ? seen(at[row] as number, places[place] as number[]) : (at[row] as number);
          if (from < 0) continue;
          const to = row * width + place * channels;
          for (let c = 0; c < channels; c++) rows[to + c] = values[from * channels + c] as number;
        }
      return tf.tensor2d(rows, [at.length, width]);
    },
  };
}

/** Which position of the input an output position sees at a place of its window; -1 for the zeros around it. */
function seenBy(
  window: Window,
  sizes: readonly number[],
  out: readonly number[],
): (position: number, place: readonly number[]) => number {
  const { strides, dilations } = window;
  const before = padsOf(window, sizes).map(([pad]) => pad);
  const at = new Array<number>(out.length).fill(0);
  return (position, place) => {
    let rest = position;
    for (let d = out.length - 1; d >= 0; d--) {
      at[d] = rest % (out[d] as number);
      rest = Math.floor(rest / (out[d] as number));
    }
    let from = rest;
    for (let d = 0; d < out.length; d++) {
      const k =
        (at[d] as number) * (strides[d] as number) +
        (place[d] as number) * (dilations[d] as number) -
        (before[d] as number);
      if (k < 0 || k >= (sizes[d] as number)) return -1;
      from = from * (sizes[d] as number) + k;
    }
    return from;
  };
}

function outputSizes(window: Window, sizes: readonly number[]): number[] {
  const reach = reachOf(window);
  return padsOf(window, sizes).map(([before, after], i) => {
    const room = before + (sizes[i] as number) + after - (reach[i] as number);
    return Math.floor(room / (window.strides[i] as number)) + 1;
  });
}

/** An activation with the zeros around it that a window sees. */
export function padded(x: tf.Tensor, window: Window): tf.Tensor {
  const pads = padsOf(window, x.shape.slice(1, -1));
  if (pads.every(([a, b]) => a === 0 && b === 0)) return x;
  return tf.pad(x, [[0, 0], ...pads.map(([a, b]) => [a, b] as [number, number]), [0, 0]]);
}

const reachOf = ({ kernel, dilations }: Window): number[] =>
  kernel.map((k, i) => (k - 1) * (dilations[i] as number) + 1);

function padsOf(window: Window, sizes: readonly number[]): readonly (readonly [number, number])[] {
  const { pads, strides } = window;
  if (pads === "valid") return sizes.map(() => [0, 0]);
  if (pads !== "same") return pads;
  const reach = reachOf(window);
  return sizes.map((size, i) => {
    const stride = strides[i] as number;
    const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + (reach[i] as number) - size);
    return [Math.floor(all / 2), Math.ceil(all / 2)];
  });
}

/** All places of a window, row-major. */
const placesOf = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, k) => [...place, k])),
    [[]],
  );
