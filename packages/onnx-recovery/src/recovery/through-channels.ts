import type { Linear } from "@prune/onnx/advanced";
import type { Fit } from "@prune/recovery";
import { throughChannels as through } from "@prune/recovery/advanced";

export { selection } from "@prune/recovery/advanced";

/** The weights of some of a convolution's outputs, reading its input's channels through a map from other channels. */
export const throughChannels = (whole: Linear, outputs: readonly number[], map: Fit): Fit => {
  const places = (whole.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const kernel = { weights: whole.weights(), bias: whole.bias(), inputs: whole.inputs, places };
  return through(kernel, outputs, map);
};
