import { type Fit, leastSquares, withBias } from "./fit.js";
import type { Moments } from "./moments.js";

/** A way to fit a layer to what it should give, from moments alone. */
export interface Method {
  readonly name: string;
  /** Of least squares: its ridge, so that equations with one left side are factored once, maybe on another thread. */
  readonly alpha?: number;
  fit(moments: Moments, old: Fit): Fit;
}

/** New weights and bias by least squares; `alpha` times the mean variance of the inputs holds them to the old ones. */
export const lsq = (alpha = 1e-3): Method => ({
  name: `lsq ${alpha}`,
  alpha,
  fit: (moments, old) => leastSquares(moments, alpha, old),
});

/**
 * Scales each output to the variance that it should have and moves its mean there: what re-estimating a
 * BatchNormalization does, also where an exporter folded it away (REPAIR). Scales stay in [1/2, 2].
 */
export const moments = (): Method => ({
  name: "moments",
  fit(from, { weights }) {
    const { inputs: n, targets: q, xx, yy } = from;
    const scaled = weights.slice();
    for (let o = 0; o < q; o++) {
      const row = weights.subarray(o * n, (o + 1) * n);
      let power = 0;
      for (let i = 0; i < n; i++) {
        let sum = 0;
        for (let j = 0; j < n; j++) sum += (row[j] as number) * (xx[i * n + j] as number);
        power += (row[i] as number) * sum;
      }
      const scale = power > 0 ? Math.sqrt((yy[o] as number) / power) : 1;
      const held = Math.max(0.5, Math.min(2, scale));
      for (let i = 0; i < n; i++) scaled[o * n + i] = held * (row[i] as number);
    }
    return withBias(from, scaled);
  },
});

/** Moves each output's mean to where it should be and leaves the weights alone. */
export const bias = (): Method => ({
  name: "bias",
  fit: (from, { weights }) => withBias(from, weights),
});

/** What held-out samples choose from by default. */
export const standardMethods: readonly Method[] = [...[1e-5, 1e-4, 1e-3, 1e-2, 1e-1].map(lsq), bias()];
