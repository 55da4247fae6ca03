import type { Family, Probe } from "@prune/graph";
import type { Reader } from "@prune/recovery";
import { joined } from "../recovery/fits.js";
import type { ChannelStatistics } from "../statistics/channels.js";
import type { LayerStatistics } from "../statistics/collect.js";
import { columnsOf } from "./columns.js";

/** A layer that reads a family's units, with what samples say of its inputs. */
export interface ReaderStatistics extends Omit<Reader, "covariance"> {
  readonly layer: string;
  /** Channel of each input. */
  readonly channelOf: Int32Array;
  readonly channels: ChannelStatistics;
  /** undefined where the layer has too many inputs. */
  readonly covariance: Float64Array | undefined;
}

/** A probe for criteria that need activations. */
export interface SampledProbe extends Probe {
  activations(family: Family): readonly ReaderStatistics[];
}

/** A backend's probe, and what `collectStatistics` found. */
export function activationProbe(
  probe: Probe,
  statistics: ReadonlyMap<string, LayerStatistics>,
): SampledProbe {
  return {
    trace: probe.trace,
    weights: (tensor) => probe.weights(tensor),
    activations: (family) => statisticsOf(probe, family, statistics),
  };
}

function statisticsOf(
  { trace }: Probe,
  family: Family,
  statistics: ReadonlyMap<string, LayerStatistics>,
): ReaderStatistics[] {
  const readers: ReaderStatistics[] = [];
  for (const [layer, { linear, moments, byChannel, channels }] of statistics) {
    const all = columnsOf(trace, family, linear);
    if (!all || all.every((list) => list.length === 0)) continue;
    const taps = (joined(linear) * linear.groups) / linear.inputs;
    // By channel, every place of the kernel is an output of its own.
    const places = byChannel ? taps : 1;
    const columns = all.map((list) => list.filter((c) => c % places === 0).map((c) => c / places));
    const inputs = joined(linear) / places;
    const weights = placesBefore(linear.weights(), places, inputs);
    const outputs = (linear.outputs / linear.groups) * places;
    for (let g = 0; g < linear.groups; g++) {
      const from = g * inputs;
      const known = moments?.[g];
      readers.push({
        layer,
        inputs,
        outputs,
        weights: weights.subarray(g * outputs * inputs, (g + 1) * outputs * inputs),
        channelOf: Int32Array.from({ length: inputs }, (_, j) => Math.floor(((from + j) * places) / taps)),
        channels,
        covariance: known?.xx.map((value) => value / known.count),
        columns: columns.map((list) =>
          list.filter((c) => c >= from && c < from + inputs).map((c) => c - from),
        ),
      });
    }
  }
  return readers;
}

/** Weights whose last dim is the kernel, with that dim ahead of the inputs. */
function placesBefore(weights: Float32Array, places: number, inputs: number): Float32Array {
  if (places === 1) return weights;
  const out = new Float32Array(weights.length);
  for (let k = 0; k < weights.length; k++) {
    const row = Math.floor(k / (inputs * places));
    const c = Math.floor(k / places) % inputs;
    out[(row * places + (k % places)) * inputs + c] = weights[k] as number;
  }
  return out;
}
