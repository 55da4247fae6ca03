import type { Linear } from "@prune/onnx";
import { type Fit, multiply } from "@prune/recovery";

/** The weights of some of a convolution's outputs, reading its input's channels through a map from other channels. */
export function throughChannels(
  whole: Linear,
  outputs: readonly number[],
  { weights: map, bias: shift }: Fit,
): Fit {
  const d = whole.inputs;
  const p = map.length / d;
  const taps = (whole.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const from = whole.weights();
  const old = whole.bias();
  const q = outputs.length;
  // Rows of the weights by output and place of the kernel; rows of the map by the channels that are read.
  const rows = new Float64Array(q * taps * d);
  const columns = new Float64Array(p * d);
  const bias = new Float64Array(q);
  outputs.forEach((o, i) => {
    bias[i] = old?.[o] ?? 0;
    for (let c = 0; c < d; c++)
      for (let t = 0; t < taps; t++) {
        const w = from[(o * d + c) * taps + t] as number;
        rows[(i * taps + t) * d + c] = w;
        bias[i]! += w * (shift[c] as number);
      }
  });
  for (let c = 0; c < d; c++) for (let i = 0; i < p; i++) columns[i * d + c] = map[c * p + i] as number;
  const product = multiply(rows, q * taps, columns, d, p);
  const weights = new Float64Array(q * p * taps);
  for (let i = 0; i < q; i++)
    for (let t = 0; t < taps; t++)
      for (let c = 0; c < p; c++) weights[(i * p + c) * taps + t] = product[(i * taps + t) * p + c] as number;
  return { weights, bias };
}

/** The map that takes each of some channels from itself. */
export function selection(kept: readonly number[], channels: number): Fit {
  const weights = new Float64Array(channels * kept.length);
  kept.forEach((channel, i) => {
    weights[channel * kept.length + i] = 1;
  });
  return { weights, bias: new Float64Array(channels) };
}
