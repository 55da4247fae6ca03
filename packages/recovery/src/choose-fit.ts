import { errorOf, type Fit, powerOf } from "./fit.js";
import { type Method, standardMethods } from "./method.js";
import { type Moments, sumOfMoments } from "./moments.js";

/** Moments of the samples that a fit is made from, and of those that judge it. */
export interface Split {
  readonly train: Moments;
  readonly heldOut: Moments;
}

export interface Chosen {
  readonly fit: Fit;
  /** What the held-out samples chose; undefined where the old weights stay. */
  readonly method: Method | undefined;
  /** Held-out errors relative to the targets' power: of the old weights, and of the fit made without those samples. */
  readonly before: number;
  readonly after: number;
  /** Variance of the targets, summed over them. */
  readonly power: number;
}

/**
 * The fit of the method that does best on held-out samples, made again from all of them; the old weights where no
 * method lowers the held-out error.
 */
export function chooseFit(
  { train, heldOut }: Split,
  old: Fit,
  methods: readonly Method[] = standardMethods,
): Chosen {
  const power = powerOf(heldOut);
  const scale = power || 1;
  const before = errorOf(heldOut, old);
  let best: { readonly method: Method; readonly error: number } | undefined;
  for (const method of methods) {
    const error = errorOf(heldOut, method.fit(train, old));
    if (error < (best?.error ?? before)) best = { method, error };
  }
  if (!best) return { fit: old, method: undefined, before: before / scale, after: before / scale, power };
  const fit = best.method.fit(sumOfMoments([train, heldOut]), old);
  return { fit, method: best.method, before: before / scale, after: best.error / scale, power };
}
