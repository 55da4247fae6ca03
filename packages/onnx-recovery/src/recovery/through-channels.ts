import type { Linear } from "@prune/onnx";
import * as recovery from "@prune/recovery";

export { selection } from "@prune/recovery";

/** The weights of some of a convolution's outputs, reading its input's channels through a map from other channels. */
export const throughChannels = (
  whole: Linear,
  outputs: readonly number[],
  map: recovery.Fit,
): recovery.Fit => {
  const places = (whole.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const kernel = { weights: whole.weights(), bias: whole.bias(), inputs: whole.inputs, places };
  return recovery.throughChannels(kernel, outputs, map);
};
