import { RecoveryError } from "./errors.js";
import { openKernel } from "./open-kernel.js";

const kernel = openKernel();

/**
 * Factors a symmetric positive definite n x n matrix in place: L L^T = A, with L below the diagonal and its transpose
 * above. Returns false, with the matrix spoilt, where a pivot is not positive.
 */
export const factor = (a: Float64Array, n: number): boolean => kernel.factor(a, n);

/** Solves A x = b in place for every row b of a q x n matrix, from the factor of A. */
export const solve = (l: Float64Array, n: number, rows: Float64Array, q: number): void =>
  kernel.solve(l, n, rows, q);

/** Products of rows (q x n) with the rows of another matrix (p x n, square and symmetric unless stated otherwise): q x p. */
export const multiplyMatrices = (
  rows: Float64Array,
  q: number,
  a: Float64Array,
  n: number,
  p: number = n,
): Float64Array => kernel.multiply(rows, q, a, n, p);

/**
 * The factor of A + extra I, with as much more on the diagonal as it takes, and what was added; a RecoveryError where A
 * is not finite.
 */
export function factorShifted(
  a: Float64Array,
  n: number,
  extra: number,
): { readonly l: Float64Array; readonly added: number } {
  const found = kernel.factorShifted(a, n, extra);
  if (!found) throw new RecoveryError("not-finite", { what: "The moments" });
  return found;
}

/** The inverse of A + extra I. */
export function inverse(a: Float64Array, n: number, extra: number): Float64Array {
  const { l } = factorShifted(a, n, extra);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  solve(l, n, out, n);
  return out;
}
