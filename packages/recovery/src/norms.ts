import { RecoveryError } from "./errors.js";

/** Means by channel of a normalisation's input x, the output y that it should give, and their products. */
export interface NormMoments {
  count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly xx: Float64Array;
  readonly xy: Float64Array;
  readonly yy: Float64Array;
}

/** Moments of no samples, to add to: zeros, one of each kind for a channel. */
export function emptyNormMoments(channels: number): NormMoments {
  const zeros = (): Float64Array => new Float64Array(channels);
  return { count: 0, x: zeros(), y: zeros(), xx: zeros(), xy: zeros(), yy: zeros() };
}

/** Adds a batch's means over `count` values a channel. */
export function addNormMoments(
  into: NormMoments,
  batch: Readonly<Record<"x" | "y" | "xx" | "xy" | "yy", ArrayLike<number>>>,
  count: number,
): void {
  into.count += count;
  const weight = count / into.count;
  for (const key of ["x", "y", "xx", "xy", "yy"] as const) {
    const sum = into[key];
    for (let c = 0; c < sum.length; c++) sum[c]! += weight * ((batch[key][c] as number) - (sum[c] as number));
  }
}

/** What a normalisation holds by channel. */
export interface NormState {
  readonly scale: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
  readonly epsilon: number;
}

/** Running statistics of a norm, one number for each channel, and whether they are better than the old ones. */
export interface Reestimated {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Held-out errors relative to the variance of the outputs that the dense net gives: with the old statistics, the new. */
  readonly before: number;
  readonly after: number;
  /** The new statistics lower the held-out error. */
  readonly better: boolean;
}

/**
 * Running mean and variance of a BatchNormalization from what now reaches it; judged by held-out samples against the
 * outputs of the dense net.
 */
export function reestimate(
  layer: string,
  train: NormMoments,
  heldOut: NormMoments,
  state: NormState,
): Reestimated {
  const { x, xx } = train;
  const mean = x.slice();
  const variance = xx.map((square, c) => Math.max(0, square - (x[c] as number) ** 2));
  if (![mean, variance].every((list) => list.every(Number.isFinite)))
    throw new RecoveryError("not-finite", { what: `The inputs of "${layer}" in the pruned model` });
  const power = heldOut.yy.reduce((sum, square, c) => sum + square - (heldOut.y[c] as number) ** 2, 0) || 1;
  const before = errorOf(heldOut, state) / power;
  const after = errorOf(heldOut, { ...state, mean, variance }) / power;
  return { mean, variance, before, after, better: after < before };
}

/** Mean squared error of a normalisation, summed over channels. */
function errorOf(
  { x, y, xx, xy, yy }: NormMoments,
  { scale, shift, mean, variance, epsilon }: NormState,
): number {
  let total = 0;
  for (let c = 0; c < x.length; c++) {
    const s = (scale[c] as number) / Math.sqrt((variance[c] as number) + epsilon);
    const b = (shift[c] as number) - (mean[c] as number) * s;
    const [ex, ey] = [x[c] as number, y[c] as number];
    const cross = (xy[c] as number) * s + b * ey;
    total += Math.max(0, (yy[c] as number) - 2 * cross + s * s * (xx[c] as number) + 2 * s * b * ex + b * b);
  }
  return total;
}
