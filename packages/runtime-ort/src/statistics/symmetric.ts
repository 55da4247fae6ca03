import { linears, type Model, type Refit, refitModel } from "@prune/onnx";
import { type Fit, selectOutputs, withoutInputs } from "@prune/recovery";
import type { LayerStatistics } from "./collect.js";
import { fitsOf } from "./fits.js";
import type { Kept } from "./twins.js";

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
  const refits = linears(pruned).flatMap((linear): Refit[] => {
    const known = dense.get(linear.output);
    if (!known?.moments || linear.groups !== 1 || known.linear.groups !== 1) return [];
    if (linear.inputs === known.linear.inputs) return [];
    const taps = (linear.window?.kernel ?? []).reduce((a, b) => a * b, 1);
    const channels = kept(linear.input, linear.window ? 1 : -1);
    const outputs = kept(linear.output, linear.window ? 1 : -1);
    if (!channels || !outputs) return [];
    const columns = channels.flatMap((c) => Array.from({ length: taps }, (_, t) => c * taps + t));
    const fit = selectOutputs(fitsOf(known.linear)[0] as Fit, outputs);
    const { weights, bias } = withoutInputs(known.moments[0]!, fit, columns, alpha);
    return [{ linear, weights: Float32Array.from(weights), bias: Float32Array.from(bias) }];
  });
  return refitModel(pruned, refits);
}
