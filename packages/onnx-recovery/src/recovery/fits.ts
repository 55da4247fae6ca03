import type { Linear } from "@prune/onnx/advanced";
import type { Fit } from "@prune/recovery";
import { type MapSizes, mapsOf, storedMaps } from "@prune/recovery/advanced";

/** Inputs of one output: channels of a group times the kernel. */
export function joined({ inputs, groups, window }: Linear): number {
  return (inputs / groups) * (window?.kernel ?? []).reduce((a, b) => a * b, 1);
}

export const sizesOf = (linear: Linear): MapSizes => ({
  groups: linear.groups,
  inputs: joined(linear),
  outputs: linear.outputs / linear.groups,
});

/** A layer's weights as one affine map per group. */
export const fitsOf = (linear: Linear): Fit[] => mapsOf(sizesOf(linear), linear.weights(), linear.bias());

/** What groups have, as a layer stores it. */
export const refitOf = (
  linear: Linear,
  fits: readonly Fit[],
): { readonly linear: Linear; readonly weights: Float32Array; readonly bias: Float32Array } => ({
  linear,
  ...storedMaps(sizesOf(linear), fits),
});
