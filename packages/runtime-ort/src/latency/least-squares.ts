/** Weighted least squares of targets on rows of features, kept from blowing up where features go together. */
export interface Squares {
  readonly coefficients: Float64Array;
  /** How much of its own weight a row has in its fitted value, from 0 to 1. */
  leverage(row: ArrayLike<number>, weight: number): number;
}

/** A ridge of this share of the diagonal: far below the noise of any clock. */
const ridge = 1e-6;

/** Solves min sum_k weight_k (row_k c - target_k)^2 + ridge by Cholesky. */
export function leastSquares(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
): Squares {
  const n = rows[0]?.length ?? 0;
  const gram = new Float64Array(n * n);
  const right = new Float64Array(n);
  rows.forEach((row, k) => {
    const weight = weights[k] as number;
    for (let i = 0; i < n; i++) {
      const part = weight * (row[i] as number);
      right[i]! += part * (targets[k] as number);
      for (let j = 0; j <= i; j++) gram[i * n + j]! += part * (row[j] as number);
    }
  });
  for (let i = 0; i < n; i++) gram[i * n + i] = (gram[i * n + i] as number) * (1 + ridge) + Number.MIN_VALUE;
  factor(gram, n);
  return {
    coefficients: solve(gram, right),
    leverage(row, weight) {
      const inner = forward(gram, Float64Array.from(row));
      return Math.min(1, weight * inner.reduce((sum, value) => sum + value * value, 0));
    },
  };
}

/** The lower triangle of a symmetric matrix becomes its Cholesky factor. A feature that is always 0 gets no say. */
function factor(a: Float64Array, n: number): void {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (a[i * n + k] as number) * (a[j * n + k] as number);
      if (i === j) a[i * n + i] = sum > 1e-300 ? Math.sqrt(sum) : Infinity;
      else a[i * n + j] = sum / (a[j * n + j] as number);
    }
  }
}

function forward(l: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    let sum = b[i] as number;
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] as number) * (b[k] as number);
    b[i] = sum / (l[i * n + i] as number);
  }
  return b;
}

function solve(l: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = forward(l, b);
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (l[k * n + i] as number) * (x[k] as number);
    x[i] = sum / (l[i * n + i] as number);
  }
  return x;
}
