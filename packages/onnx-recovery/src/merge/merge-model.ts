import { type Kept, keptBy } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { type Linear, linears, type Refit, refitModel, type Wiring, wiringOf } from "@prune/onnx/advanced";
import { type ChannelRows, clusters, folded } from "@prune/recovery/advanced";
import type { CutOnnxModel } from "../recovery/recover-options.js";
import { isNormOfChannels, tailOf } from "../recovery/tail.js";

import { readersOf } from "./readers.js";

/** What became of the channels that left one layer. */
export interface MergeReport {
  readonly layer: string;
  /** Channels that are part of others now. */
  readonly merged: number;
  /** Channels that are nearer to nothing than to any that stays. */
  readonly removed: number;
}

/**
 * Merges the channels that left into those that stay, from weights alone (model folding): each goes to the channel
 * nearest to it, the layer gives their mean at the variance of one, and the layers that read it add up what they gave
 * each. Channels that hold the same merge exactly. Layers whose channels are read by more than layers, such as residual
 * sums, stay as they were cut.
 */
export function mergeChannels({ original, smaller, cut }: CutOnnxModel): {
  readonly model: Model;
  readonly layers: readonly MergeReport[];
} {
  const kept = keptBy(cut);
  const wiring = wiringOf(original);
  const whole = linears(original);
  const byNode = new Map(whole.map((linear) => [linear.node, linear]));
  const left = new Map(linears(smaller).map((linear) => [linear.output, linear]));
  const inputsOf = ({ input, window }: Linear) => kept(input, window ? 1 : -1);
  const outputsOf = ({ output, window }: Linear) => kept(output, window ? 1 : -1);
  const rows = new Map<string, ChannelRows>();
  /** All rows that a layer had, over the inputs that it still has. */
  const rowsOf = (linear: Linear): ChannelRows => {
    const known = rows.get(linear.output);
    if (known) return known;
    const places = (inputsOf(linear) ?? []).map((channel) => [channel]);
    return summed(linear, places);
  };
  const changed = new Map<string, { readonly linear: Linear; own?: ReadonlyMap<number, Own> }>();
  const layers: MergeReport[] = [];
  for (const linear of whole) {
    const outputs = outputsOf(linear);
    const small = left.get(linear.output);
    if (!small || !outputs || linear.groups > 1 || !inputsOf(linear)) continue;
    if (outputs.length !== small.outputs || outputs.length === linear.outputs) continue;
    const norm = normBehind(wiring, linear, kept);
    const readers = readersOf(wiring, byNode, norm.output);
    const sameKept = (reader: Linear): boolean =>
      reader.groups === 1 && reader.inputs === linear.outputs && `${inputsOf(reader)}` === `${outputs}`;
    if (!readers?.every(sameKept) || readers.length === 0) continue;
    const own = rowsOf(linear);
    const seen = normalised(own, norm);
    const found = clusters(
      seen,
      outputs.filter((channel) => Math.abs(norm.scale[channel] as number) > 1e-6),
    );
    const merged = found.reduce((sum, cluster) => sum + cluster.length - 1, 0);
    layers.push({ layer: linear.output, merged, removed: linear.outputs - outputs.length - merged });
    if (merged === 0) continue;
    const news = new Map(
      found
        .filter((cluster) => cluster.length > 1)
        .map((cluster): [number, Own] => {
          const [to] = cluster as [number];
          const { row, bias } = folded(seen, cluster);
          const scale = norm.scale[to] as number;
          return [to, { row: row.map((v) => v / scale), bias: (bias - (norm.shift[to] as number)) / scale }];
        }),
    );
    changed.set(linear.output, { linear, own: news });
    const clusterOf = new Map(found.map((cluster) => [cluster[0] as number, cluster]));
    for (const reader of readers) {
      rows.set(
        reader.output,
        summed(
          reader,
          outputs.map((channel) => clusterOf.get(channel) ?? [channel]),
        ),
      );
      if (!changed.has(reader.output)) changed.set(reader.output, { linear: reader });
    }
  }
  const refits = [...changed.values()].flatMap(({ linear, own }): Refit[] => {
    const small = left.get(linear.output);
    const outputs = outputsOf(linear);
    return small && outputs ? [refitOf(small, rowsOf(linear), outputs, own)] : [];
  });
  return { model: refitModel(smaller, refits), layers };
}

interface Own {
  readonly row: Float64Array;
  readonly bias: number;
}

function refitOf(
  linear: Linear,
  { channels, rows, bias }: ChannelRows,
  outputs: readonly number[],
  own: ReadonlyMap<number, Own> = new Map(),
): Refit {
  const n = rows.length / channels;
  const weights = new Float32Array(outputs.length * n);
  const shifts = new Float32Array(outputs.length);
  outputs.forEach((channel, o) => {
    const news = own.get(channel);
    weights.set(news?.row ?? rows.subarray(channel * n, (channel + 1) * n), o * n);
    shifts[o] = news?.bias ?? (bias[channel] as number);
  });
  return { linear, weights, bias: shifts };
}

/** A layer's rows over lists of its input channels, each list added up. */
function summed(linear: Linear, places: readonly (readonly number[])[]): ChannelRows {
  const { inputs, outputs } = linear;
  const weights = linear.weights();
  const taps = weights.length / (inputs * outputs);
  const n = places.length * taps;
  const rows = new Float64Array(outputs * n);
  for (let o = 0; o < outputs; o++)
    places.forEach((channels, p) => {
      for (const c of channels)
        for (let t = 0; t < taps; t++)
          rows[o * n + p * taps + t]! += weights[(o * inputs + c) * taps + t] as number;
    });
  return { channels: outputs, rows, bias: Float64Array.from(linear.bias() ?? new Float32Array(outputs)) };
}

interface Norm {
  /** What the nonlinearity reads. */
  readonly output: string;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly means: Float64Array | undefined;
}

/** The BatchNormalization behind a layer, or none. */
function normBehind(wiring: Wiring, linear: Linear, kept: Kept): Norm {
  const [reader, ...others] = wiring.readers(linear.output);
  const none = {
    output: linear.output,
    scale: new Float32Array(linear.outputs).fill(1),
    shift: new Float32Array(linear.outputs),
    means: undefined,
  };
  if (reader?.op !== "BatchNormalization" || others.length > 0 || wiring.isOutput(linear.output)) return none;
  const stored = reader.inputs.slice(1, 5).map((name) => wiring.stored(name));
  const [, beta] = stored;
  if (!beta || stored.some((weight) => weight?.dtype !== "float32")) return none;
  if (!isNormOfChannels(linear, linear.output, kept)) return none;
  const { scale, shift } = tailOf(wiring, linear, kept);
  return {
    output: reader.outputs[0] as string,
    scale,
    shift,
    means: Float64Array.from(beta.tensor().data, Number),
  };
}

/** Rows as the nonlinearity sees them. */
function normalised({ channels, rows, bias }: ChannelRows, { scale, shift, means }: Norm): ChannelRows {
  const n = rows.length / channels;
  return {
    channels,
    rows: rows.map((v, i) => v * (scale[Math.floor(i / n)] as number)),
    bias: bias.map((v, c) => v * (scale[c] as number) + (shift[c] as number)),
    means,
  };
}
