import type { Fit } from "@prune/recovery";
import { type Clip, type MapSizes, mapsOf, type Placing, storedMaps } from "@prune/recovery/advanced";
import { type LinearCall, sizesOf as sizesOfCall } from "../activations/linear.js";

/** A call that can be refitted: it multiplies by a stored kernel, adds a bias, and maybe clips. */
export interface Linear extends LinearCall {
  /** Each channel by itself: the kernel is [..window, channels, multiplier]. */
  readonly depthwise: boolean;
  /** undefined where there is none; one can be added. */
  readonly bias: string | undefined;
  /** What the call itself does to its sums, besides. */
  readonly clip: Clip | undefined;
  /** The tensor of its sums with the bias, to follow on from; undefined where an activation is part of the call. */
  readonly sums: string | undefined;
}

/** Sizes of a linear layer; inputs and outputs are of one group. */
export interface Sizes {
  readonly groups: number;
  readonly places: number;
  readonly inputs: number;
  readonly outputs: number;
}

export function sizesOf(linear: Linear): Sizes {
  const { places, inputs, outputs } = sizesOfCall(linear);
  return linear.depthwise
    ? { groups: inputs, places, inputs: 1, outputs }
    : { groups: 1, places, inputs, outputs };
}

/** Where a weight lies in the stored kernel; a map's inputs are places x channels, places outermost. */
function placing(linear: Linear): Placing {
  const { groups, inputs, outputs } = sizesOf(linear);
  if (linear.turned) return (_, o, i) => o * inputs + i;
  return (g, o, i) => (i * groups + g) * outputs + o;
}

function mapSizes(linear: Linear): MapSizes {
  const { groups, places, inputs, outputs } = sizesOf(linear);
  return { groups, inputs: places * inputs, outputs };
}

/** A kernel and bias as one map per group. */
export const fitsOf = (
  linear: Linear,
  kernel: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
): Fit[] => mapsOf(mapSizes(linear), kernel, bias, placing(linear));

/** The kernel and bias that maps are stored as. */
export function kernelOf(
  linear: Linear,
  fits: readonly Fit[],
): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const { weights, bias } = storedMaps(mapSizes(linear), fits, placing(linear));
  return { kernel: weights, bias };
}
