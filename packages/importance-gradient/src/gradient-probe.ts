import type { Probe } from "@prune/graph";

/** Gradients of the loss by the elements of a parameter, over batches of samples. */
export interface GradientData {
  readonly mean: Float32Array;
  /** Mean of the squares. */
  readonly square: Float32Array;
}

/** A probe that has seen labelled samples. */
export interface GradientProbe extends Probe {
  /** undefined where the loss does not depend on the parameter. */
  gradients(tensor: string): GradientData | undefined;
}

/** A probe that has seen samples, of any kind. */
export interface CurvatureProbe extends Probe {
  /**
   * The diagonal of the Gauss-Newton matrix of the cross entropy: how fast its slope by each element changes. Undefined
   * where the loss does not depend on the parameter.
   */
  curvature(tensor: string): Float32Array | undefined;
}

/** What is made of an element of a parameter: of its value and its place. */
type Product = (weight: number, place: number) => number;

/** A probe that shows, in place of weights, something made of each; `productOf` has what a parameter needs for that. */
export const productsOf = (probe: Probe, productOf: (tensor: string) => Product | undefined): Probe => ({
  trace: probe.trace,
  weights(tensor) {
    const weights = probe.weights(tensor);
    const product = weights && productOf(tensor);
    return product && { shape: weights.shape, data: weights.data.map(product) };
  },
});

/** The gradients that a probe has; refuses one without. */
export function gradientsIn(probe: Probe): GradientProbe["gradients"] {
  if ("gradients" in probe) return (probe as GradientProbe).gradients;
  throw new TypeError(
    "This criterion needs gradients: pass `gradientProbe(...)` of @prune/training, `tfjsGradientProbe(...)` of @prune/tfjs, or another probe " +
      "with `gradients`.",
  );
}

/** The curvature that a probe has; refuses one without. */
export function curvatureIn(probe: Probe): CurvatureProbe["curvature"] {
  if ("curvature" in probe) return (probe as CurvatureProbe).curvature;
  throw new TypeError(
    'This criterion needs the curvature of the loss: pass `gradientProbe(..., { see: ["curvature"] })` of ' +
      "@prune/training, or another probe with `curvature`.",
  );
}
