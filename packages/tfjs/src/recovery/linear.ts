import type { Fit } from "@prune/recovery";
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

/** Relu, Relu6: what lies outside is moved to the nearest of both. */
export interface Clip {
  readonly low: number;
  readonly high: number;
}

export const relu: Clip = { low: 0, high: Number.POSITIVE_INFINITY };
export const relu6: Clip = { low: 0, high: 6 };

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

/** Where a weight lies in the stored kernel. */
function placing(linear: Linear): (g: number, o: number, p: number, i: number) => number {
  const { groups, inputs, outputs } = sizesOf(linear);
  if (linear.turned) return (_, o, __, i) => o * inputs + i;
  return (g, o, p, i) => ((p * inputs + i) * groups + g) * outputs + o;
}

/** A kernel and bias as one map per group; a map's inputs are places x channels, places outermost. */
export function fitsOf(
  linear: Linear,
  kernel: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
): Fit[] {
  const { groups, places, inputs, outputs } = sizesOf(linear);
  const at = placing(linear);
  return Array.from({ length: groups }, (_, g) => {
    const weights = new Float64Array(outputs * places * inputs);
    let k = 0;
    for (let o = 0; o < outputs; o++)
      for (let p = 0; p < places; p++)
        for (let i = 0; i < inputs; i++) weights[k++] = kernel[at(g, o, p, i)] as number;
    return { weights, bias: Float64Array.from({ length: outputs }, (_, o) => bias?.[g * outputs + o] ?? 0) };
  });
}

/** The kernel and bias that maps are stored as. */
export function kernelOf(
  linear: Linear,
  fits: readonly Fit[],
): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const { groups, places, inputs, outputs } = sizesOf(linear);
  const at = placing(linear);
  const kernel = new Float32Array(groups * outputs * places * inputs);
  const bias = new Float32Array(groups * outputs);
  fits.forEach(({ weights, bias: shift }, g) => {
    let k = 0;
    for (let o = 0; o < outputs; o++) {
      bias[g * outputs + o] = shift[o] as number;
      for (let p = 0; p < places; p++)
        for (let i = 0; i < inputs; i++) kernel[at(g, o, p, i)] = weights[k++] as number;
    }
  });
  return { kernel, bias };
}
