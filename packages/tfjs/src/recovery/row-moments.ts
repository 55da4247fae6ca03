import { addMoments, type Clipped, emptyMoments, type Fit, type Split } from "@prune/recovery";
import * as tf from "@tensorflow/tfjs-core";
import type { Rows } from "./rows.js";
import type { Tail } from "./tail.js";

/** Moments of x with z by group, centred before they are multiplied, added up in double precision. */
export function momentsOf(rows: readonly Rows[]): Split[] {
  const splits = emptySplits(rows);
  for (const { x, z, heldOut } of rows) add(splits, heldOut, x, z);
  return splits;
}

/**
 * The same with targets that a clip hides moved to where the fits are, and the fits' error behind the clip. What is
 * clipped is scale z + shift + rest.
 */
export function clippedMoments(
  rows: readonly Rows[],
  { scale, shift, clip }: Tail,
  fits: readonly Fit[],
): Clipped {
  const splits = emptySplits(rows);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  const groups = fits.length;
  const { low = 0, high = Number.POSITIVE_INFINITY } = clip ?? {};
  const limit = (x: tf.Tensor): tf.Tensor =>
    Number.isFinite(high) ? tf.clipByValue(x, low, high) : tf.relu(x);
  for (const { x, z, rest, heldOut } of rows)
    tf.tidy(() => {
      const channel = (list: ArrayLike<number>): tf.Tensor =>
        tf.tensor(Float32Array.from(list), [groups, 1, list.length / groups]);
      const [scales, shifts] = [scale && channel(scale), shift && channel(shift)];
      const after = (sums: tf.Tensor): tf.Tensor => {
        let v = scales ? tf.mul(sums, scales) : sums;
        if (shifts) v = tf.add(v, shifts);
        return rest ? tf.add(v, rest) : v;
      };
      const before = (v: tf.Tensor): tf.Tensor => {
        let sums = rest ? tf.sub(v, rest) : v;
        if (shifts) sums = tf.sub(sums, shifts);
        return scales ? tf.div(sums, scales) : sums;
      };
      const [want, got] = [after(z), after(applied(x, fits))];
      let moved = tf.where(tf.greater(want, low), want, tf.minimum(got, low));
      if (Number.isFinite(high)) moved = tf.where(tf.less(want, high), moved, tf.maximum(got, high));
      // What is not hidden stays as it is to the last bit.
      const hidden = tf.notEqual(moved, want);
      add(splits, heldOut, x, tf.where(hidden, before(moved), z) as tf.Tensor3D);
      const sum = heldOut ? sums.heldOut : sums.train;
      const seen = limit(want);
      sum[0]! += numberIn(tf.sum(tf.squaredDifference(seen, limit(got))));
      sum[1]! += numberIn(tf.sum(tf.square(seen)));
    });
  const relative = ([error, power]: number[]): number => (error as number) / (power || 1);
  return { splits, train: relative(sums.train), heldOut: relative(sums.heldOut) };
}

/** What fits make of rows. Call it within `tf.tidy`. */
function applied(x: tf.Tensor3D, fits: readonly Fit[]): tf.Tensor3D {
  const [{ weights, bias }] = fits as [Fit];
  const all = (key: "weights" | "bias", shape: [number, number, number]): tf.Tensor3D =>
    tf.tensor3d(Float32Array.from(fits.flatMap((fit) => Array.from(fit[key]))), shape);
  const q = bias.length;
  const kernel = all("weights", [fits.length, q, weights.length / q]);
  return tf.add(tf.matMul(x, kernel, false, true), all("bias", [fits.length, 1, q]));
}

const numberIn = (scalar: tf.Tensor): number => scalar.dataSync()[0] as number;

function emptySplits(rows: readonly Rows[]): Split[] {
  const [groups = 0, , n = 0] = rows[0]?.x.shape ?? [];
  const q = rows[0]?.z.shape[2] ?? 0;
  return Array.from({ length: groups }, () => ({ train: emptyMoments(n, q), heldOut: emptyMoments(n, q) }));
}

function add(splits: readonly Split[], heldOut: boolean, x: tf.Tensor3D, z: tf.Tensor3D): void {
  const parts = tf.tidy(() => {
    const [meanX, meanY] = [tf.mean(x, 1, true), tf.mean(z, 1, true)];
    const [cx, cy] = [tf.sub(x, meanX) as tf.Tensor3D, tf.sub(z, meanY) as tf.Tensor3D];
    const tensors = {
      meanX,
      meanY,
      xx: tf.matMul(cx, cx, true),
      xy: tf.matMul(cx, cy, true),
      yy: tf.sum(tf.square(cy), 1),
    };
    return Object.entries(tensors).map(([key, tensor]) => [key, tensor.dataSync()] as const);
  });
  const all = Object.fromEntries(parts) as Record<"meanX" | "meanY" | "xx" | "xy" | "yy", Float32Array>;
  const groups = splits.length;
  splits.forEach((split, g) => {
    const of = (list: Float32Array): Float32Array => {
      const size = list.length / groups;
      return list.subarray(g * size, (g + 1) * size);
    };
    const batch = {
      meanX: of(all.meanX),
      meanY: of(all.meanY),
      xx: of(all.xx),
      xy: of(all.xy),
      yy: of(all.yy),
    };
    addMoments(heldOut ? split.heldOut : split.train, { count: x.shape[1], ...batch });
  });
}
