import type { Fit } from "@prune/recovery";
import * as tf from "@tensorflow/tfjs-core";
import type { PlannedLayer } from "./layer-plan.js";
import { kernelOf } from "./linear.js";
import { ownSums } from "./rows.js";

/** What a layer reads in the pruned net for a held-out batch, and the sums that it should make, [positions, outputs]. */
export interface Pair {
  readonly input: tf.Tensor;
  readonly sums: tf.Tensor2D;
}

/** Squared error of all sums that a layer makes of whole batches, relative to their variance. */
export function errorBySums(
  layer: PlannedLayer,
  pairs: readonly Pair[],
): (fits: readonly Fit[]) => Promise<number> {
  let power = 0;
  for (const { sums } of pairs)
    power += tf.tidy(() => numberIn(tf.sum(tf.squaredDifference(sums, tf.mean(sums, 0)))));
  return async (fits) => {
    const weights = kernelOf(layer.linear, fits);
    let error = 0;
    for (const { input, sums } of pairs)
      error += tf.tidy(() => numberIn(tf.sum(tf.squaredDifference(ownSums(layer, weights, input), sums))));
    return error / (power || 1);
  };
}

const numberIn = (scalar: tf.Tensor): number => scalar.dataSync()[0] as number;
