import { errorOf, type Fit, leastSquares, powerOf } from "./fit.js";
import { type Moments, sumOfMoments } from "./moments.js";

/** Moments of the samples that a fit is made from, and of those that judge it. */
export interface Split {
  readonly train: Moments;
  readonly heldOut: Moments;
}

export interface Chosen {
  readonly fit: Fit;
  /** The ridge factor that the held-out samples chose; undefined where the old weights stay. */
  readonly alpha: number | undefined;
  /** Held-out errors relative to the targets' power: of the old weights, and of the fit made without those samples. */
  readonly before: number;
  readonly after: number;
  /** Variance of the targets, summed over them. */
  readonly power: number;
}

/** Ridge factors to choose from. */
export const alphas: readonly number[] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/**
 * The least-squares fit whose ridge does best on held-out samples, made again from all of them; the old weights
 * where no fit lowers the held-out error.
 */
export function chooseFit({ train, heldOut }: Split, old: Fit, candidates: readonly number[] = alphas): Chosen {
  const power = powerOf(heldOut) || 1;
  const before = errorOf(heldOut, old);
  let best: { readonly alpha: number; readonly error: number } | undefined;
  for (const alpha of candidates) {
    const error = errorOf(heldOut, leastSquares(train, alpha, old));
    if (error < (best?.error ?? before)) best = { alpha, error };
  }
  if (!best) return { fit: old, alpha: undefined, before: before / power, after: before / power, power };
  const fit = leastSquares(sumOfMoments([train, heldOut]), best.alpha, old);
  return { fit, alpha: best.alpha, before: before / power, after: best.error / power, power };
}
