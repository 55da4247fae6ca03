import { multiplyMatrices } from "./cholesky.js";
import type { Fit } from "./fit.js";

/** What a convolution multiplies by. */
export interface Kernel {
  /** outputs x inputs x places of the window. */
  readonly weights: ArrayLike<number>;
  /** By output; none is zeros. */
  readonly bias: ArrayLike<number> | undefined;
  readonly inputs: number;
  readonly places: number;
}

/** The weights of some of a convolution's outputs, reading its input's channels through a map from other channels. */
export function throughChannels(
  { weights: from, bias: old, inputs: d, places }: Kernel,
  outputs: readonly number[],
  { weights: map, bias: shift }: Fit,
): Fit {
  const p = map.length / d;
  const q = outputs.length;
  // Rows of the weights by output and place of the kernel; rows of the map by the channels that are read.
  const rows = new Float64Array(q * places * d);
  const columns = new Float64Array(p * d);
  const bias = new Float64Array(q);
  outputs.forEach((o, i) => {
    bias[i] = old?.[o] ?? 0;
    for (let c = 0; c < d; c++)
      for (let t = 0; t < places; t++) {
        const w = from[(o * d + c) * places + t] as number;
        rows[(i * places + t) * d + c] = w;
        bias[i]! += w * (shift[c] as number);
      }
  });
  for (let c = 0; c < d; c++) for (let i = 0; i < p; i++) columns[i * d + c] = map[c * p + i] as number;
  const product = multiplyMatrices(rows, q * places, columns, d, p);
  const weights = new Float64Array(q * p * places);
  for (let i = 0; i < q; i++)
    for (let t = 0; t < places; t++)
      for (let c = 0; c < p; c++)
        weights[(i * p + c) * places + t] = product[(i * places + t) * p + c] as number;
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
