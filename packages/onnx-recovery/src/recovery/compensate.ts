import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { type Linear, linears, type Refit, refitModel, type Wiring, wiringOf } from "@prune/onnx/advanced";
import { expectedRelu } from "@prune/recovery/advanced";
import { isNormOfChannels } from "./tail.js";

/**
 * Without any samples: what a layer loses of the means of removed inputs goes into its bias. The means follow from a
 * BatchNormalization, with or without a Relu behind it, that makes the layer's input; other layers stay as they are.
 * Exact for normal activations away from zero-padded borders. Where no means are known, `pruned` itself is returned.
 */
export function compensateMeans(dense: Model, pruned: Model, kept: Kept): Model {
  const wiring = wiringOf(dense);
  const before = new Map(linears(dense).map((linear) => [linear.output, linear]));
  const refits = linears(pruned).flatMap((linear): Refit[] => {
    const whole = before.get(linear.output);
    const known = whole && isNormOfChannels(whole, whole.input, kept);
    const means = known && meansOf(wiring, whole.input);
    const channels = kept(linear.input, linear.window ? 1 : -1);
    const outputs = kept(linear.output, linear.window ? 1 : -1);
    if (!whole || !means || !channels || !outputs || whole.groups !== 1) return [];
    if (channels.length === whole.inputs) return [];
    return [{ linear, weights: linear.weights(), bias: biasOf(whole, linear, means, channels, outputs) }];
  });
  return refits.length > 0 ? refitModel(pruned, refits) : pruned;
}

function biasOf(
  whole: Linear,
  left: Linear,
  means: Float64Array,
  channels: readonly number[],
  outputs: readonly number[],
): Float32Array {
  const weights = whole.weights();
  const taps = weights.length / (whole.inputs * whole.outputs);
  const stays = new Set(channels);
  const bias = left.bias()?.slice() ?? new Float32Array(left.outputs);
  outputs.forEach((o, i) => {
    for (let c = 0; c < whole.inputs; c++) {
      if (stays.has(c)) continue;
      const from = (o * whole.inputs + c) * taps;
      for (let t = 0; t < taps; t++) bias[i]! += (weights[from + t] as number) * (means[c] as number);
    }
  });
  return bias;
}

/** Means of a tensor's channels where a BatchNormalization stores them. */
function meansOf(wiring: Wiring, tensor: string): Float64Array | undefined {
  const made = wiring.producer(tensor);
  const norm = made?.op === "Relu" ? wiring.producer(made.inputs[0] as string) : made;
  if (norm?.op !== "BatchNormalization") return undefined;
  const [gamma, beta] = norm.inputs.slice(1, 3).map((name) => wiring.stored(name));
  if (gamma?.dtype !== "float32" || beta?.dtype !== "float32") return undefined;
  const scales = gamma.tensor().data;
  return Float64Array.from(beta.tensor().data, (b, c) =>
    made?.op === "Relu" ? expectedRelu(b, scales[c] as number) : b,
  );
}
