import { factorShifted, solve } from "./cholesky.js";
import type { Moments } from "./moments.js";

/** An affine map y = W x + b. */
export interface Fit {
  /** targets x inputs. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** The matrix part of least squares, factored once for several right sides. */
export interface Ridge {
  /** What was added to the diagonal. */
  readonly added: number;
  /** The best map for a matrix of moments xy. */
  solve(moments: Moments, prior?: Fit): Fit;
}

/** Least squares with `alpha` times the mean diagonal of the covariance added to it. */
export function ridge(moments: Moments, alpha: number): Ridge {
  const { inputs: n, xx } = moments;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (xx[i * n + i] as number) / n;
  const { l, added } = factorShifted(xx, n, alpha * mean);
  return { added, solve: (from, prior) => solved(from, l, prior) };
}

/** Affine least squares; what the samples don't tell stays as in the prior, or 0. */
export function leastSquares(moments: Moments, alpha: number, prior?: Fit): Fit {
  return ridge(moments, alpha).solve(moments, prior);
}

function solved(moments: Moments, l: Float64Array, prior: Fit | undefined): Fit {
  const { inputs: n, targets: q, xy } = moments;
  const right = (prior ? unexplained(moments, prior) : xy).slice();
  solve(l, n, right, q);
  const weights = prior ? prior.weights.slice() : new Float64Array(q * n);
  for (let o = 0; o < q; o++) for (let i = 0; i < n; i++) weights[o * n + i]! += right[i * q + o] as number;
  return withBias(moments, weights);
}

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

const explained = new WeakMap<
  Moments,
  { readonly prior: Fit; readonly count: number; readonly rest: Float64Array }
>();

/** What a map leaves of xy; kept, since several ridges ask for it. */
function unexplained(moments: Moments, prior: Fit): Float64Array {
  const { inputs: n, targets: q, xx, xy, count } = moments;
  const known = explained.get(moments);
  if (known?.prior === prior && known.count === count) return known.rest;
  const { weights } = prior;
  const rest = xy.slice();
  for (let i = 0; i < n; i++)
    for (let o = 0; o < q; o++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += (xx[i * n + j] as number) * (weights[o * n + j] as number);
      rest[i * q + o]! -= sum;
    }
  explained.set(moments, { prior, count, rest });
  return rest;
}

/** Mean squared error of a map, summed over targets: exact, from moments alone. */
export function errorOf(moments: Moments, { weights, bias }: Fit): number {
  const { inputs: n, targets: q, count, meanX, meanY, xx, xy, yy } = moments;
  if (count === 0) return 0;
  let total = 0;
  for (let o = 0; o < q; o++) {
    let sum = yy[o] as number;
    let off = (bias[o] as number) - (meanY[o] as number);
    const row = o * n;
    for (let i = 0; i < n; i++) {
      const w = weights[row + i] as number;
      if (w === 0) continue;
      off += w * (meanX[i] as number);
      let inner = -2 * (xy[i * q + o] as number);
      for (let j = 0; j < n; j++) inner += (weights[row + j] as number) * (xx[i * n + j] as number);
      sum += w * inner;
    }
    total += Math.max(0, sum) / count + off * off;
  }
  return total;
}

/** Mean square of the targets about their means, summed: what an error is relative to. */
export const powerOf = ({ yy, count }: Moments): number =>
  count === 0 ? 0 : yy.reduce((a, b) => a + b, 0) / count;
