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

/** The rows that a layer multiplies by its kernel: x is [batch, ..places, channels]. */
export function patchesOf(x: tf.Tensor, window: Window | undefined): Patches {
  const channels = x.shape.at(-1) as number;
  if (!window) {
    const flat = tf.reshape(x, [-1, channels]);
    const rows = (at: Int32Array): tf.Tensor2D => tf.gather(flat as tf.Tensor2D, tf.tensor1d(at, "int32"));
    return { count: flat.shape[0] as number, rows };
  }
  const { strides } = window;
  const around = padded(x, window);
  const reach = reachOf(window);
  const out = around.shape
    .slice(1, -1)
    .map((size, i) => Math.floor((size - (reach[i] as number)) / (strides[i] as number)) + 1);
  const batch = x.shape[0] as number;
  const count = out.reduce((a, b) => a * b, batch);
  const seen = (place: readonly number[], at: tf.Tensor1D): tf.Tensor2D => {
    const begin = [0, ...place.map((k, i) => k * (window.dilations[i] as number)), 0];
    const end = out.map((n, i) => (begin[i + 1] as number) + (n - 1) * (strides[i] as number) + 1);
    const part = tf.stridedSlice(around, begin, [batch, ...end, channels], [1, ...strides, 1]);
    return tf.gather(tf.reshape(part, [count, channels]), at) as tf.Tensor2D;
  };
  return {
    count,
    rows: (positions) =>
      tf.tidy(() => {
        const at = tf.tensor1d(positions, "int32");
        return tf.concat(
          placesOf(window.kernel).map((place) => seen(place, at)),
          1,
        );
      }),
  };
}

/** An activation with the zeros around it that a window sees. */
export function padded(x: tf.Tensor, window: Window): tf.Tensor {
  const pads = padsOf(window, x.shape.slice(1, -1), reachOf(window));
  if (pads.every(([a, b]) => a === 0 && b === 0)) return x;
  return tf.pad(x, [[0, 0], ...pads.map(([a, b]) => [a, b] as [number, number]), [0, 0]]);
}

const reachOf = ({ kernel, dilations }: Window): number[] =>
  kernel.map((k, i) => (k - 1) * (dilations[i] as number) + 1);

function padsOf(
  { pads, strides }: Window,
  sizes: readonly number[],
  reach: readonly number[],
): readonly (readonly [number, number])[] {
  if (pads === "valid") return sizes.map(() => [0, 0]);
  if (pads !== "same") return pads;
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
