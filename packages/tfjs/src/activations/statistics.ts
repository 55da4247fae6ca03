import type { ChannelStatistics } from "@prune/graph/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { crossed } from "./crossed.js";
import { drawn } from "./draw.js";
import { type LinearCall, sizesOf } from "./linear.js";
import { patchesOf } from "./patches.js";

/** What samples say of the channels that a layer reads, as it is added up. */
export interface CountedChannels extends ChannelStatistics {
  count: number;
  readonly mean: Float64Array;
  readonly magnitude: Float64Array;
  readonly square: Float64Array;
  readonly inactive: Float64Array;
}

/** First and second moments about the mean of the rows that a layer multiplies by its kernel. */
export interface RowMoments {
  count: number;
  readonly mean: Float64Array;
  /** Sum of (x - mean)(x - mean)ᵀ. */
  readonly products: Float64Array;
}

export interface LayerStatistics {
  readonly call: LinearCall;
  readonly channels: CountedChannels;
  /** The moments are of channels at any place, not of channels at each place of the window. */
  readonly byChannel: boolean;
  /** undefined where a layer reads too many channels. */
  readonly rows: RowMoments | undefined;
}

export function emptyStatistics(call: LinearCall, maxInputs: number): LayerStatistics {
  const { places, inputs } = sizesOf(call);
  const byChannel = places > 1 && places * inputs > maxInputs;
  const width = byChannel ? inputs : places * inputs;
  const zeros = (n: number): Float64Array => new Float64Array(n);
  return {
    call,
    byChannel,
    channels: {
      count: 0,
      mean: zeros(inputs),
      magnitude: zeros(inputs),
      square: zeros(inputs),
      inactive: zeros(inputs),
    },
    rows: width > maxInputs ? undefined : { count: 0, mean: zeros(width), products: zeros(width * width) },
  };
}

/** Adds what a batch says; at most `rows` of its positions go into the moments, drawn by numbers from 0 up to 1. */
export function addBatch(
  { call, channels, byChannel, rows: moments }: LayerStatistics,
  x: tf.Tensor,
  { rows, random }: { readonly rows: number; readonly random: () => number },
): void {
  addChannels(channels, x);
  if (!moments) return;
  const patches = patchesOf(x, byChannel ? undefined : call.window);
  addRows(moments, patches.rows(drawn(patches.count, Math.max(1, Math.ceil(rows)), random)));
}

/** Sums in double precision: a variance is a small difference of large means. */
function addChannels(into: CountedChannels, x: tf.Tensor): void {
  const width = x.shape.at(-1) as number;
  const values = x.dataSync();
  const count = values.length / width;
  const sums = new Float64Array(4 * width);
  for (let i = 0; i < values.length; ) {
    for (let c = 0; c < 4 * width; c += 4) {
      const value = values[i++] as number;
      sums[c]! += value;
      sums[c + 1]! += Math.abs(value);
      sums[c + 2]! += value * value;
      if (value <= 0) sums[c + 3]!++;
    }
  }
  into.count += count;
  const parts = [into.mean, into.magnitude, into.square, into.inactive];
  parts.forEach((part, k) => {
    const means = Float64Array.from(part, (_, c) => (sums[4 * c + k] as number) / count);
    blend(part, means, count / into.count);
  });
}

/** Moves means towards those of a batch that has a share of all rows. */
function blend(into: Float64Array, batch: ArrayLike<number>, share: number): void {
  for (let i = 0; i < into.length; i++) into[i]! += share * ((batch[i] as number) - (into[i] as number));
}

/** Sums about means combine with the square of how far the means lie apart. */
function addRows(into: RowMoments, rows: tf.Tensor2D): void {
  const [count, width] = rows.shape;
  const mean = tf.mean(rows, 0);
  const centred = tf.expandDims<tf.Tensor3D>(tf.sub(rows, mean), 0);
  const products = crossed(centred, centred).dataSync();
  const batch = mean.dataSync();
  const total = into.count + count;
  const share = (into.count * count) / total;
  const apart = Float64Array.from(into.mean, (m, i) => (batch[i] as number) - m);
  for (let i = 0; i < width; i++)
    for (let j = 0; j < width; j++)
      into.products[i * width + j]! +=
        (products[i * width + j] as number) + share * (apart[i] as number) * (apart[j] as number);
  blend(into.mean, batch, count / total);
  into.count = total;
}
