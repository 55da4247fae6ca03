import type { Linear } from "@prune/onnx";
import type { Fit } from "@prune/recovery";

/** Inputs of one output: channels of a group times the kernel. */
export function joined({ inputs, groups, window }: Linear): number {
  return (inputs / groups) * (window?.kernel ?? []).reduce((a, b) => a * b, 1);
}

/** A layer's weights as one affine map per group. */
export function fitsOf(linear: Linear): Fit[] {
  const { groups, outputs } = linear;
  const weights = linear.weights();
  const bias = linear.bias();
  const size = weights.length / groups;
  const each = outputs / groups;
  return Array.from({ length: groups }, (_, g) => ({
    weights: Float64Array.from(weights.subarray(g * size, (g + 1) * size)),
    bias: bias ? Float64Array.from(bias.subarray(g * each, (g + 1) * each)) : new Float64Array(each),
  }));
}

/** What groups have, one after another as a layer stores it. */
export function joinFits(fits: readonly Fit[]): {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
} {
  const concat = (key: "weights" | "bias"): Float32Array => {
    const out = new Float32Array(fits.reduce((sum, fit) => sum + fit[key].length, 0));
    let at = 0;
    for (const fit of fits) {
      out.set(fit[key], at);
      at += fit[key].length;
    }
    return out;
  };
  return { weights: concat("weights"), bias: concat("bias") };
}
