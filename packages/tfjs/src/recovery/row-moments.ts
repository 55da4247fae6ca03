import { addMoments, type Clipped, emptyMoments, type Fit, type Moments, type Split } from "@prune/recovery";
import * as tf from "@tensorflow/tfjs-core";
import type { BatchRows } from "./layer-rows.js";

/** Rows of all batches, and which of them are held out. */
export type Rows = readonly (BatchRows & { readonly heldOut: boolean })[];

/** Moments of x with y, centred before they are multiplied, added up in double precision. */
export function momentsOf(rows: Rows): Split {
  const split = emptySplit(rows);
  for (const { x, y, count, heldOut } of rows) add(heldOut ? split.heldOut : split.train, x, y, count);
  return split;
}

/** The same with targets that a Relu hides moved to where the fit is, and the fit's error behind the Relu. */
export function clippedMoments(rows: Rows, { weights, bias }: Fit): Clipped {
  const q = bias.length;
  const split = emptySplit(rows);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  for (const { x, y, count, heldOut } of rows)
    tf.tidy(() => {
      const kernel = tf.tensor2d(Float32Array.from(weights), [q, weights.length / q]);
      const fitted = tf.add(tf.matMul(x, kernel, false, true), tf.tensor1d(Float32Array.from(bias)));
      const passes = tf.greater(y, 0);
      const target = tf.where(passes, y, tf.minimum(fitted, 0)) as tf.Tensor2D;
      add(heldOut ? split.heldOut : split.train, x, target, count);
      const sum = heldOut ? sums.heldOut : sums.train;
      const seen = tf.relu(y);
      sum[0]! += numberIn(tf.sum(tf.squaredDifference(seen, tf.relu(fitted))));
      sum[1]! += numberIn(tf.sum(tf.square(seen)));
    });
  const relative = ([error, power]: number[]): number => (error as number) / (power || 1);
  return { splits: [split], train: relative(sums.train), heldOut: relative(sums.heldOut) };
}

const numberIn = (scalar: tf.Tensor): number => scalar.dataSync()[0] as number;

function emptySplit(rows: Rows): Split {
  const [n = 0, q = 0] = [rows[0]?.x.shape[1], rows[0]?.y.shape[1]];
  return { train: emptyMoments(n, q), heldOut: emptyMoments(n, q) };
}

function add(into: Moments, x: tf.Tensor2D, y: tf.Tensor2D, count: number): void {
  tf.tidy(() => {
    const [meanX, meanY] = [tf.mean(x, 0), tf.mean(y, 0)];
    const [cx, cy] = [tf.sub(x, meanX) as tf.Tensor2D, tf.sub(y, meanY) as tf.Tensor2D];
    addMoments(into, {
      count,
      meanX: meanX.dataSync(),
      meanY: meanY.dataSync(),
      xx: tf.matMul(cx, cx, true).dataSync(),
      xy: tf.matMul(cx, cy, true).dataSync(),
      yy: tf.sum(tf.square(cy), 0).dataSync(),
    });
  });
}
