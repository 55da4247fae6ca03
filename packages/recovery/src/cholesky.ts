const block = 48;

/**
 * Factors a symmetric positive definite n x n matrix in place: its lower triangle becomes L with L Lᵀ = A. Returns
 * false, with the matrix spoilt, where a pivot is not positive.
 */
export function factor(a: Float64Array, n: number): boolean {
  for (let from = 0; from < n; from += block) {
    const to = Math.min(from + block, n);
    for (let i = from; i < n; i += 2) subtractProducts(a, n, from, to, i, i + 1 < n ? i + 1 : i);
    if (!factorPanel(a, n, from, to)) return false;
  }
  return true;
}

/** Takes what the columns before `from` explain out of rows i and j of columns [from, to). */
function subtractProducts(a: Float64Array, n: number, from: number, to: number, i: number, j: number): void {
  const ri = i * n;
  const rj = j * n;
  for (let c = from; c < to; c++) {
    const rc = c * n;
    let si = 0;
    let sj = 0;
    for (let k = 0; k < from; k++) {
      const v = a[rc + k] as number;
      si += (a[ri + k] as number) * v;
      sj += (a[rj + k] as number) * v;
    }
    if (c <= i) a[ri + c]! -= si;
    if (j !== i && c <= j) a[rj + c]! -= sj;
  }
}

function factorPanel(a: Float64Array, n: number, from: number, to: number): boolean {
  for (let c = from; c < to; c++) {
    const rc = c * n;
    let pivot = a[rc + c] as number;
    for (let k = from; k < c; k++) pivot -= (a[rc + k] as number) ** 2;
    if (!(pivot > 0)) return false;
    const root = Math.sqrt(pivot);
    a[rc + c] = root;
    for (let i = c + 1; i < n; i++) {
      const ri = i * n;
      let sum = a[ri + c] as number;
      for (let k = from; k < c; k++) sum -= (a[ri + k] as number) * (a[rc + k] as number);
      a[ri + c] = sum / root;
    }
  }
  return true;
}

/** Solves L Lᵀ X = B in place; B is n x q. */
export function solve(l: Float64Array, n: number, b: Float64Array, q: number): void {
  for (let i = 0; i < n; i++) {
    const ri = i * q;
    for (let k = 0; k < i; k++) takeRow(b, ri, k * q, q, l[i * n + k] as number);
    const pivot = l[i * n + i] as number;
    for (let c = 0; c < q; c++) b[ri + c]! /= pivot;
  }
  for (let i = n - 1; i >= 0; i--) {
    const ri = i * q;
    const pivot = l[i * n + i] as number;
    for (let c = 0; c < q; c++) b[ri + c]! /= pivot;
    for (let k = 0; k < i; k++) takeRow(b, k * q, ri, q, l[i * n + k] as number);
  }
}

function takeRow(b: Float64Array, target: number, source: number, q: number, by: number): void {
  if (by === 0) return;
  for (let c = 0; c < q; c++) b[target + c]! -= by * (b[source + c] as number);
}

/** The factor of A + extra I, with as much more on the diagonal as it takes, and what was added. */
export function factorShifted(
  a: Float64Array,
  n: number,
  extra: number,
): { readonly l: Float64Array; readonly added: number } {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (a[i * n + i] as number) / n;
  const least = (mean || 1) * 1e-10;
  for (let added = extra; ; added = Math.max(added * 10, least)) {
    const l = a.slice();
    for (let i = 0; i < n; i++) l[i * n + i]! += added;
    if (factor(l, n)) return { l, added };
    if (!(added < Number.MAX_VALUE)) throw new RangeError("the moments are not finite");
  }
}

/** The inverse of A + extra I. */
export function inverse(a: Float64Array, n: number, extra: number): Float64Array {
  const { l } = factorShifted(a, n, extra);
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  solve(l, n, out, n);
  return out;
}
