import type { Fit } from "@prune/recovery";
import { type Clipped, errorOf, powerOf, type Split, withoutResidual } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { largeLayer } from "./large-layer.js";
import type { PlannedLayer } from "./layer-plan.js";
import { fitsOf } from "./linear.js";
import type { Looks } from "./looks.js";
import { clippedMoments, momentsOf } from "./row-moments.js";
import { isAlike, type Rows, rowsOf, widthOf } from "./rows.js";
import type { BothWeights, Sight } from "./sight.js";

/** Looks at a layer of both nets: its inputs in the pruned one, and what the dense one makes of its own. */
export async function observe(looks: Looks, given: PlannedLayer, weights: BothWeights): Promise<Sight> {
  if (given.kind !== "whole") return largeLayer(looks, given, weights);
  const rows: Rows[] = [];
  const dispose = (): void => tf.dispose(rows.flatMap(({ x, z, rest }) => (rest ? [x, z, rest] : [x, z])));
  let layer = given;
  let splits: Split[];
  try {
    await looks.each(given, (seen, { heldOut, draw }) => {
      const whole = isAlike(given, seen);
      if (!whole) layer = { ...given, tail: withoutResidual(given.tail) };
      const row = rowsOf(
        layer,
        whole ? seen : { ...seen, residual: undefined },
        weights.dense,
        draw(widthOf(given.linear)),
      );
      rows.push({ ...row, heldOut });
    });
    splits = momentsOf(rows);
  } catch (error) {
    dispose();
    throw error;
  }
  const clips = layer.tail.clip !== undefined;
  const clipped = async (fits: readonly Fit[]): Promise<Clipped> =>
    clippedMoments(rows, splits, layer.tail, fits);
  return {
    observed: { splits, fits: fitsOf(given.linear, weights.pruned.kernel, weights.pruned.bias), clips },
    clipped,
    error: async (fits) => (clips ? (await clipped(fits)).heldOut : relativeError(splits, fits)),
    dispose,
  };
}

function relativeError(splits: readonly Split[], fits: readonly Fit[]): number {
  const power = splits.reduce((sum, { heldOut }) => sum + powerOf(heldOut), 0) || 1;
  return splits.reduce((sum, { heldOut }, g) => sum + errorOf(heldOut, fits[g] as Fit), 0) / power;
}
