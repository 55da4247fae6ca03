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

/** A probe that shows, in place of weights, something made of each weight and its gradients. */
export function productsOf(
  probe: Probe,
  product: (weight: number, mean: number, square: number) => number,
): Probe {
  if (!("gradients" in probe))
    throw new TypeError(
      "This criterion needs gradients: pass `gradientProbe(...)` of @prune/tfjs, or another probe with `gradients`.",
    );
  const { trace, gradients } = probe as GradientProbe;
  return {
    trace,
    weights(tensor) {
      const weights = probe.weights(tensor);
      const found = weights && gradients(tensor);
      if (!found) return undefined;
      const { mean, square } = found;
      const data = weights.data.map((w, i) => product(w, mean[i] as number, square[i] as number));
      return { shape: weights.shape, data };
    },
  };
}
