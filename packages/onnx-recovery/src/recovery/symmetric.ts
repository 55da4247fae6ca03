import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { type Linear, linearLayers, type Refit, refitModel } from "@prune/onnx/advanced";
import type { Fit, Moments } from "@prune/recovery";
import { selectOutputs, withoutInputs } from "@prune/recovery/advanced";
import type { LayerStatistics } from "../statistics/collect.js";
import { fitsOf } from "./fits.js";
import { selection, throughChannels } from "./through-channels.js";

/**
 * Refits every layer that lost inputs from statistics of the dense model alone: no pass over samples, but errors of
 * one layer are not mended by the next.
 */
export function refitSymmetric(
  dense: ReadonlyMap<string, LayerStatistics>,
  pruned: Model,
  kept: Kept,
  alpha?: number,
): Model {
  const refits = linearLayers(pruned).flatMap((linear): Refit[] => {
    const known = dense.get(linear.output);
    const channel = linear.window ? 1 : -1;
    const channels = kept(linear.input, channel);
    const outputs = kept(linear.output, channel);
    if (!known?.moments || linear.inputs === known.linear.inputs) return [];
    if (channels?.length !== linear.inputs || outputs?.length !== linear.outputs) return [];
    const fits = fitsWithout(known, linear, channels, outputs, alpha);
    if (!fits) return [];
    const [weights, bias] = (["weights", "bias"] as const).map((key) =>
      Float32Array.from(fits.flatMap((fit) => Array.from(fit[key]))),
    ) as [Float32Array, Float32Array];
    return [{ linear, weights, bias }];
  });
  return refitModel(pruned, refits);
}

/** The layer's fits by group; undefined where a group is not what is left of one of the dense layer's. */
function fitsWithout(
  { linear: whole, moments, byChannel }: LayerStatistics,
  linear: Linear,
  channels: readonly number[],
  outputs: readonly number[],
  alpha: number | undefined,
): Fit[] | undefined {
  if (byChannel) {
    if (whole.groups !== 1 || linear.groups !== 1) return undefined;
    const same = selection(
      Array.from({ length: whole.inputs }, (_, c) => c),
      whole.inputs,
    );
    const map = withoutInputs(moments?.[0] as Moments, same, channels, alpha);
    return [throughChannels(whole, outputs, map)];
  }
  const taps = (linear.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const dense = fitsOf(whole);
  const [inputsOf, outputsOf] = [whole.inputs / whole.groups, whole.outputs / whole.groups];
  const fits: Fit[] = [];
  for (let g = 0; g < linear.groups; g++) {
    const read = sliceOf(channels, g, linear.groups);
    const given = sliceOf(outputs, g, linear.groups);
    const group = Math.floor((given[0] as number) / outputsOf);
    const isWhole =
      given.every((o) => Math.floor(o / outputsOf) === group) &&
      read.every((c) => Math.floor(c / inputsOf) === group);
    if (!isWhole) return undefined;
    const columns = read.flatMap((c) => Array.from({ length: taps }, (_, t) => (c % inputsOf) * taps + t));
    const rows = given.map((o) => o % outputsOf);
    fits.push(
      withoutInputs(moments?.[group] as Moments, selectOutputs(dense[group] as Fit, rows), columns, alpha),
    );
  }
  return fits;
}

function sliceOf(list: readonly number[], group: number, groups: number): readonly number[] {
  const each = list.length / groups;
  return list.slice(group * each, (group + 1) * each);
}
