import type { Model } from "@prune/onnx";

/**
 * The error that rounding alone may make, relative to the largest output: 1e-4 in single precision, 2e-2 where
 * weights (tensors of more than one axis) are of half precision, which rounds 2,000 to 16,000 times as much.
 */
export function toleranceOf({ graph }: Model): number {
  for (const { dtype, shape } of graph.initializers.values())
    if ((dtype === "float16" || dtype === "bfloat16") && shape.length > 1) return 2e-2;
  return 1e-4;
}

/** An error above this is never put down to rounding, however much the masked model's own noise grows. */
const largestNoise = 1e-2;

/** An error that rounding alone explains. */
export const isExcused = (error: number, noise = 0): boolean => error < largestNoise && error <= 2 * noise;
