import { addMoments, type Fit } from "@prune/recovery";
import { type Clipped, emptySplits, type RowShape, type Split, type Tail } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { crossed } from "../activations/crossed.js";
import { behindClip } from "./behind-clip.js";
import type { Rows } from "./rows.js";

/** Moments of x with z by group, centred before they are multiplied, added up in double precision. */
export function momentsOf(rows: readonly Rows[]): Split[] {
  const splits = emptySplits(shapeOf(rows));
  for (const { x, z, heldOut } of rows) add(splits, heldOut, x, z, true);
  return splits;
}

/** The same of the same rows with targets that a clip hides moved to where the fits are, and the fits' error behind it. */
export function clippedMoments(
  rows: readonly Rows[],
  unclipped: readonly Split[],
  tail: Tail,
  fits: readonly Fit[],
): Clipped {
  const splits = emptySplits(shapeOf(rows), unclipped);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  for (const { x, z, rest, heldOut } of rows)
    tf.tidy(() => {
      const read = (tensor: tf.Tensor): Float32Array => tensor.dataSync<"float32">();
      const behind = { z: read(z), got: read(applied(x, fits)), rest: rest && read(rest) };
      const [groups, , channels] = z.shape;
      const moved = behindClip(behind, tail, { groups, channels });
      add(splits, heldOut, x, tf.tensor3d(moved.z, z.shape), false);
      const sum = heldOut ? sums.heldOut : sums.train;
      sum[0]! += moved.error;
      sum[1]! += moved.power;
    });
  const relative = ([error, power]: number[]): number => (error as number) / (power || 1);
  return { splits, train: relative(sums.train), heldOut: relative(sums.heldOut) };
}

/** What fits make of rows. Call it within `tf.tidy`. */
function applied(x: tf.Tensor3D, fits: readonly Fit[]): tf.Tensor3D {
  const [{ weights, bias }] = fits as [Fit];
  const [groups, q] = [fits.length, bias.length];
  const n = weights.length / q;
  const kernel = new Float32Array(groups * n * q);
  const biases = new Float32Array(groups * q);
  fits.forEach((fit, g) => {
    for (let o = 0; o < q; o++)
      for (let i = 0; i < n; i++) kernel[(g * n + i) * q + o] = fit.weights[o * n + i] as number;
    biases.set(fit.bias, g * q);
  });
  return tf.add(tf.matMul(x, tf.tensor3d(kernel, [groups, n, q])), tf.tensor3d(biases, [groups, 1, q]));
}

function shapeOf(rows: readonly Rows[]): RowShape {
  const [groups = 0, , inputs = 0] = rows[0]?.x.shape ?? [];
  return { groups, inputs: groups * inputs, targets: groups * (rows[0]?.z.shape[2] ?? 0) };
}

const none = new Float32Array();

/** @param squares whether products of the inputs with each other are added as well */
function add(
  splits: readonly Split[],
  heldOut: boolean,
  x: tf.Tensor3D,
  z: tf.Tensor3D,
  squares: boolean,
): void {
  const groups = splits.length;
  const read = (tensor: tf.Tensor): ((g: number) => Float32Array) => {
    const list = tensor.dataSync<"float32">();
    const size = list.length / groups;
    return (g) => list.subarray(g * size, (g + 1) * size);
  };
  // Nothing is given back from `tidy`, which would look through every number for tensors.
  tf.tidy(() => {
    const [meanX, meanY] = [tf.mean(x, 1, true), tf.mean(z, 1, true)];
    const [cx, cy] = [tf.sub<tf.Tensor3D>(x, meanX), tf.sub<tf.Tensor3D>(z, meanY)];
    const parts = {
      meanX: read(meanX),
      meanY: read(meanY),
      xx: squares ? read(crossed(cx, cx)) : () => none,
      xy: read(crossed(cx, cy)),
      yy: read(tf.sum(tf.square(cy), 1)),
    };
    splits.forEach((split, g) => {
      addMoments(heldOut ? split.heldOut : split.train, {
        count: x.shape[1],
        meanX: parts.meanX(g),
        meanY: parts.meanY(g),
        xx: parts.xx(g),
        xy: parts.xy(g),
        yy: parts.yy(g),
      });
    });
  });
}
