import type { Fit } from "@prune/recovery";
import { byOutput, type Observed, type Split, selection, throughChannels } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { channelsLast, flat } from "./applied.js";
import { errorBySums, type Pair } from "./by-sums.js";
import type { PlannedLayer } from "./layer-plan.js";
import { fitsOf, sizesOf } from "./linear.js";
import type { Batch, Looks } from "./looks.js";
import { momentsOf } from "./row-moments.js";
import { byGroup, denseSums, ownSums, type Rows, type Seen } from "./rows.js";
import type { BothWeights, Sight } from "./sight.js";
import { taken } from "./taken.js";

/**
 * A layer with too many inputs to be fitted one by one: its dense input's channels from the pruned input's, the same at all
 * places of its window, or each of its outputs from what it gives now.
 */
export async function largeLayer(looks: Looks, layer: PlannedLayer, weights: BothWeights): Promise<Sight> {
  const { linear } = layer;
  const rows: Rows[] = [];
  const pairs: Pair[] = [];
  const disposeRows = (): void => tf.dispose(rows.splice(0).flatMap(({ x, z }) => [x, z]));
  const disposePairs = (): void => tf.dispose(pairs.splice(0).flatMap(({ input, sums }) => [input, sums]));
  let splits: Split[];
  try {
    await looks.each(layer, (seen, batch) => {
      rows.push(
        layer.kind === "mixed" ? channelRows(layer, seen, batch) : sumRows(layer, weights, seen, batch),
      );
      if (!batch.heldOut) return;
      const sums = tf.tidy(() => tf.keep(denseSums(layer, weights.dense, seen.whole)));
      pairs.push({ input: tf.keep(tf.clone(seen.input)), sums });
    });
    splits = momentsOf(rows);
  } catch (error) {
    disposePairs();
    throw error;
  } finally {
    disposeRows();
  }
  const old = fitsOf(linear, weights.pruned.kernel, weights.pruned.bias);
  const error = errorBySums(layer, pairs);
  const observed =
    layer.kind === "mixed" ? byChannel(layer, weights, splits, old, error) : byOutput(old, splits);
  return {
    observed,
    error,
    dispose: disposePairs,
  };
}

/** Channels of the input in both nets at drawn places. */
function channelRows({ linear, whole }: PlannedLayer, seen: Seen, { heldOut, draw }: Batch): Rows {
  return tf.tidy(() => {
    const x = flat(channelsLast(seen.input, linear));
    const z = flat(channelsLast(seen.whole, whole));
    const [channels, targets] = [x.shape[1], z.shape[1]];
    const at = draw(channels + targets)(x.shape[0]);
    const row = (of: tf.Tensor2D): tf.Tensor3D => tf.keep(tf.expandDims(taken(of, at, undefined), 0));
    return { x: row(x), z: row(z), rest: undefined, count: at.length, heldOut };
  });
}

/** Sums of the layer in both nets at drawn positions, each output by itself. */
function sumRows(
  layer: PlannedLayer,
  { dense, pruned }: BothWeights,
  seen: Seen,
  { heldOut, draw }: Batch,
): Rows {
  return tf.tidy(() => {
    const own = ownSums(layer, pruned, seen.input);
    const outputs = own.shape[1];
    const at = draw(2 * outputs)(own.shape[0]);
    const row = (of: tf.Tensor2D): tf.Tensor3D =>
      tf.keep(tf.clone(byGroup(of, { groups: outputs, outputs: 1 })));
    const target = denseSums(layer, dense, seen.whole, at);
    return { x: row(taken(own, at, undefined)), z: row(target), rest: undefined, count: at.length, heldOut };
  });
}

function byChannel(
  { linear, whole, outputs, inputs = [] }: PlannedLayer,
  { dense }: BothWeights,
  splits: readonly Split[],
  old: readonly Fit[],
  error: (fits: readonly Fit[]) => Promise<number>,
): Observed {
  const { places, inputs: channels } = sizesOf(whole);
  const [{ weights, bias }] = fitsOf(whole, dense.kernel, dense.bias) as [Fit];
  const kernel = { weights: turned(weights, places, channels), bias, inputs: channels, places };
  const layerOf = ([map]: readonly Fit[]): Fit[] => {
    const fit = throughChannels(kernel, outputs, map as Fit);
    return [{ weights: turned(fit.weights, sizesOf(linear).inputs, places), bias: fit.bias }];
  };
  return {
    splits,
    fits: [selection(inputs, channels)],
    clips: false,
    mixed: { how: "by channel", layerOf, error: (fits) => error(fits ? layerOf(fits) : old) },
  };
}

/** Matrices a x b one after the other, each transposed. */
function turned(list: Float64Array, a: number, b: number): Float64Array {
  const out = new Float64Array(list.length);
  for (let from = 0; from < list.length; from += a * b)
    for (let i = 0; i < a; i++)
      for (let j = 0; j < b; j++) out[from + j * a + i] = list[from + i * b + j] as number;
  return out;
}
