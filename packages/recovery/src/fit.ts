import { factorShifted, multiplyMatrices, solve } from "./cholesky.js";
import type { Moments } from "./moments.js";
import type { Solver, System } from "./solver.js";

/** An affine map y = W x + b. */
export interface Fit {
  /** targets x inputs. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** Affine least squares with `alpha` times the mean variance of the inputs as a ridge; what the samples don't determine stays as in the prior, or 0. */
export function leastSquares(moments: Moments, alpha: number, prior?: Fit): Fit {
  const { inputs: n, targets: q, xx } = moments;
  const rows = restOf(moments, prior && multiplyMatrices(prior.weights, q, xx, n));
  solve(factorShifted(xx, n, ridgeOf(moments, alpha)).l, n, rows, q);
  return withBias(moments, prior ? sum(rows, prior.weights) : rows);
}

/** Least squares with one left side and several right ones; factors and products are made once. */
export interface Equations {
  /** The same map that `leastSquares` finds, for moments that differ in their targets alone. */
  fit(moments: Moments, alpha: number): Promise<Fit>;
  /** Frees all factors but one. */
  keep(alpha: number | undefined): void;
}

export function equationsOf(solver: Solver, { xx, inputs: n }: Moments, prior: Fit): Equations {
  const systems = new Map<number, Promise<System>>();
  let product: Promise<Float64Array> | undefined;
  return {
    async fit(moments, alpha) {
      const q = moments.targets;
      product ??= solver.multiply(prior.weights, q, xx, n);
      const system = systems.get(alpha) ?? solver.factor(xx, n, ridgeOf(moments, alpha));
      systems.set(alpha, system);
      // Waited for together: of two that fail neither is left without a handler.
      const [known, made] = await Promise.all([system, product]);
      const rows = await known.solve(restOf(moments, made), q);
      return withBias(moments, sum(rows, prior.weights));
    },
    keep(alpha) {
      for (const [key, system] of systems)
        if (key !== alpha) {
          systems.delete(key);
          system.then(
            (known) => known.release(),
            () => {}, // reported where the fit was asked for
          );
        }
    },
  };
}

/** `alpha` times the mean diagonal of the covariance. */
function ridgeOf({ inputs: n, xx }: Moments, alpha: number): number {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (xx[i * n + i] as number) / n;
  return alpha * mean;
}

/** What is left of xy once a map's share (its weights times xx) is taken out, as rows by target. */
function restOf({ inputs: n, targets: q, xy }: Moments, product: Float64Array | undefined): Float64Array {
  const rows = new Float64Array(q * n);
  for (let i = 0; i < n; i++) for (let o = 0; o < q; o++) rows[o * n + i] = xy[i * q + o] as number;
  if (product) for (let k = 0; k < rows.length; k++) rows[k]! -= product[k] as number;
  return rows;
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, k) => value + (b[k] as number));

/** The bias that makes the means agree. */
export function withBias({ inputs: n, targets: q, meanX, meanY }: Moments, weights: Float64Array): Fit {
  const bias = new Float64Array(q);
  for (let o = 0; o < q; o++) {
    let sum = meanY[o] as number;
    for (let i = 0; i < n; i++) sum -= (weights[o * n + i] as number) * (meanX[i] as number);
    bias[o] = sum;
  }
  return { weights, bias };
}

/** Mean squared error of a map, summed over targets: exact, from moments alone. */
export function errorOf(moments: Moments, fit: Fit): number {
  const { inputs: n, targets: q, xx } = moments;
  return errorFrom(moments, fit, multiplyMatrices(fit.weights, q, xx, n));
}

/** The same, with the product of the weights and xx given. */
export function errorFrom(moments: Moments, { weights, bias }: Fit, product: Float64Array): number {
  const { inputs: n, targets: q, count, meanX, meanY, xy, yy } = moments;
  if (count === 0) return 0;
  let total = 0;
  for (let o = 0; o < q; o++) {
    let square = yy[o] as number;
    let off = (bias[o] as number) - (meanY[o] as number);
    for (let i = 0; i < n; i++) {
      const w = weights[o * n + i] as number;
      off += w * (meanX[i] as number);
      square += w * ((product[o * n + i] as number) - 2 * (xy[i * q + o] as number));
    }
    total += Math.max(0, square) / count + off * off;
  }
  return total;
}

/** Mean square of the targets about their means, summed: what an error is relative to. */
export const powerOf = ({ yy, count }: Moments): number =>
  count === 0 ? 0 : yy.reduce((a, b) => a + b, 0) / count;

/** Below this an error relative to such a power is rounding. */
export const exact = 1e-6;
