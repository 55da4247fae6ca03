import type { Family, Probe } from "@prune/graph";
import type { Reader } from "@prune/recovery";
import type { ChannelStatistics, LayerStatistics } from "./collect.js";
import { columnsOf } from "./columns.js";
import { joined } from "./fits.js";

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
  for (const [layer, { linear, moments, channels }] of statistics) {
    const columns = columnsOf(trace, family, linear);
    if (!columns || columns.every((list) => list.length === 0)) continue;
    const weights = linear.weights();
    const inputs = joined(linear);
    const outputs = linear.outputs / linear.groups;
    const taps = (inputs * linear.groups) / linear.inputs;
    for (let g = 0; g < linear.groups; g++) {
      const from = g * inputs;
      const known = moments?.[g];
      readers.push({
        layer,
        inputs,
        outputs,
        weights: weights.subarray(g * outputs * inputs, (g + 1) * outputs * inputs),
        channelOf: Int32Array.from({ length: inputs }, (_, j) => Math.floor((from + j) / taps)),
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
