/** Dense linear algebra on row-major matrices in double precision. */
export interface Kernel {
  /**
   * Factors a symmetric positive definite n x n matrix in place, of which the lower triangle is read: L L^T = A, with
   * L below the diagonal and its transpose above. Returns false, with the matrix spoilt, where a pivot is not positive.
   */
  factor(a: Float64Array, n: number): boolean;
  /** Factors a copy of A + extra I, with as much more on the diagonal as it takes; undefined where A is not finite. */
  factorShifted(
    a: Float64Array,
    n: number,
    extra: number,
  ): { readonly l: Float64Array; readonly added: number } | undefined;
  /** Solves A x = b in place for every row b of a q x n matrix, from the factor of A. */
  solve(l: Float64Array, n: number, rows: Float64Array, q: number): void;
  /** Products of rows (q x n) with the rows of another matrix (p x n): q x p. */
  multiply(rows: Float64Array, q: number, a: Float64Array, n: number, p?: number): Float64Array;
}

/**
 * All in one function that refers to nothing outside, so that its text can run in a worker as well and give the same
 * bits there.
 */
export function createKernel(): Kernel {
  const block = 48;
  /** Columns of a product that are summed at once: what three rows of each side hold stays in the nearest cache. */
  const depth = 512;

  /** Entries of some rows of C, and of A and B, each a matrix with rows of a length. */
  interface Part {
    readonly data: Float64Array;
    readonly width: number;
    readonly row: number;
  }

  /** C[i, j + column] += by * sum over k in [from, to) of A[i, k] B[j, k], for i < m and j < p; lower: where j <= i. */
  function accumulate(
    c: Part,
    column: number,
    a: Part,
    b: Part,
    m: number,
    p: number,
    from: number,
    to: number,
    by: number,
    lower: boolean,
  ): void {
    const x = a.data;
    const y = b.data;
    const z = c.data;
    for (let start = from; start < to; start += depth) {
      const end = Math.min(start + depth, to);
      for (let i = 0; i < m; i += 3) {
        const i1 = Math.min(i + 1, m - 1);
        const i2 = Math.min(i + 2, m - 1);
        const a0 = (a.row + i) * a.width;
        const a1 = (a.row + i1) * a.width;
        const a2 = (a.row + i2) * a.width;
        for (let j = 0; j < p; j += 3) {
          if (lower && j > i + 2) break;
          const j1 = Math.min(j + 1, p - 1);
          const j2 = Math.min(j + 2, p - 1);
          const b0 = (b.row + j) * b.width;
          const b1 = (b.row + j1) * b.width;
          const b2 = (b.row + j2) * b.width;
          let s00 = 0;
          let s01 = 0;
          let s02 = 0;
          let s10 = 0;
          let s11 = 0;
          let s12 = 0;
          let s20 = 0;
          let s21 = 0;
          let s22 = 0;
          for (let k = start; k < end; k++) {
            const u0 = x[a0 + k] as number;
            const u1 = x[a1 + k] as number;
            const u2 = x[a2 + k] as number;
            const v0 = y[b0 + k] as number;
            const v1 = y[b1 + k] as number;
            const v2 = y[b2 + k] as number;
            s00 += u0 * v0;
            s01 += u0 * v1;
            s02 += u0 * v2;
            s10 += u1 * v0;
            s11 += u1 * v1;
            s12 += u1 * v2;
            s20 += u2 * v0;
            s21 += u2 * v1;
            s22 += u2 * v2;
          }
          const c0 = (c.row + i) * c.width + column;
          z[c0 + j]! += by * s00;
          if (j1 > j) z[c0 + j1]! += by * s01;
          if (j2 > j1) z[c0 + j2]! += by * s02;
          if (i1 === i) continue;
          const c1 = (c.row + i1) * c.width + column;
          z[c1 + j]! += by * s10;
          if (j1 > j) z[c1 + j1]! += by * s11;
          if (j2 > j1) z[c1 + j2]! += by * s12;
          if (i2 === i1) continue;
          const c2 = (c.row + i2) * c.width + column;
          z[c2 + j]! += by * s20;
          if (j1 > j) z[c2 + j1]! += by * s21;
          if (j2 > j1) z[c2 + j2]! += by * s22;
        }
      }
    }
  }

  function factorPanel(a: Float64Array, n: number, from: number, to: number): boolean {
    for (let c = from; c < to; c++) {
      const rc = c * n;
      let pivot = a[rc + c] as number;
      for (let k = from; k < c; k++) pivot -= (a[rc + k] as number) ** 2;
      if (!(pivot > 0 && pivot < Infinity)) return false;
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

  function factor(a: Float64Array, n: number): boolean {
    for (let from = 0; from < n; from += block) {
      const to = Math.min(from + block, n);
      const width = to - from;
      const top = { data: a, width: n, row: from };
      accumulate(top, from, top, top, width, width, 0, from, -1, true);
      const rest = { data: a, width: n, row: to };
      accumulate(rest, from, rest, top, n - to, width, 0, from, -1, false);
      if (!factorPanel(a, n, from, to)) return false;
    }
    for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j] as number;
    return true;
  }

  function factorShifted(
    a: Float64Array,
    n: number,
    extra: number,
  ): { readonly l: Float64Array; readonly added: number } | undefined {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (a[i * n + i] as number) / n;
    const least = (mean || 1) * 1e-10;
    for (let added = extra; added < Number.MAX_VALUE; added = Math.max(added * 10, least)) {
      const l = a.slice();
      for (let i = 0; i < n; i++) l[i * n + i]! += added;
      if (factor(l, n)) return { l, added };
    }
    return undefined;
  }

  function solve(l: Float64Array, n: number, rows: Float64Array, q: number): void {
    const x = { data: rows, width: n, row: 0 };
    for (let from = 0; from < n; from += block) {
      const to = Math.min(from + block, n);
      accumulate(x, from, x, { data: l, width: n, row: from }, q, to - from, 0, from, -1, false);
      for (let r = 0; r < q; r++)
        for (let i = from; i < to; i++) {
          let sum = rows[r * n + i] as number;
          for (let k = from; k < i; k++) sum -= (l[i * n + k] as number) * (rows[r * n + k] as number);
          rows[r * n + i] = sum / (l[i * n + i] as number);
        }
    }
    const last = Math.floor((n - 1) / block) * block;
    for (let from = last; from >= 0; from -= block) {
      const to = Math.min(from + block, n);
      accumulate(x, from, x, { data: l, width: n, row: from }, q, to - from, to, n, -1, false);
      for (let r = 0; r < q; r++)
        for (let i = to - 1; i >= from; i--) {
          let sum = rows[r * n + i] as number;
          for (let k = i + 1; k < to; k++) sum -= (l[i * n + k] as number) * (rows[r * n + k] as number);
          rows[r * n + i] = sum / (l[i * n + i] as number);
        }
    }
  }

  function multiply(rows: Float64Array, q: number, a: Float64Array, n: number, p = n): Float64Array {
    const out = new Float64Array(q * p);
    const x = { data: rows, width: n, row: 0 };
    for (let from = 0; from < p; from += block) {
      const to = Math.min(from + block, p);
      const others = { data: a, width: n, row: from };
      accumulate({ data: out, width: p, row: 0 }, from, x, others, q, to - from, 0, n, 1, false);
    }
    return out;
  }

  return { factor, factorShifted, solve, multiply };
}
