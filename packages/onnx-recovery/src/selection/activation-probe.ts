import type { ActivationProbe, ActivationReader, Family, Probe, Trace } from "@prune/graph";
import { channelsOfUnits } from "@prune/graph/advanced";
import type { Linear } from "@prune/onnx/advanced";
import { joined } from "../recovery/fits.js";
import type { LayerStatistics } from "../statistics/collect.js";

/** A backend's probe, and what `collectStatistics` found. */
export function activationProbe(
  probe: Probe,
  statistics: ReadonlyMap<string, LayerStatistics>,
): ActivationProbe {
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
): ActivationReader[] {
  const readers: ActivationReader[] = [];
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

/** Inputs of a linear layer that each unit of a family names; undefined where the layer reads none of them. */
function columnsOf(trace: Trace, family: Family, linear: Linear): number[][] | undefined {
  const { inputs, outputs, groups, place, window } = linear;
  const { weight } = place.matrix;
  const perGroup = inputs / groups;
  const inner = weight.shape.slice(2).reduce((a, b) => a * b, 1);
  const channels = channelsOfUnits(trace, family, {
    tensor: weight.name,
    channels: inputs,
    elementOf(c) {
      const row = Math.floor(c / perGroup) * (outputs / groups);
      return place.byOutput ? (row * perGroup + (c % perGroup)) * inner : c * (outputs / groups) * inner;
    },
  });
  const taps = (window?.kernel ?? []).reduce((a, b) => a * b, 1);
  return channels?.map((list) => list.flatMap((c) => Array.from({ length: taps }, (_, t) => c * taps + t)));
}
