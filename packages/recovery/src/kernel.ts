import type { Products } from "./kernel/products.js";

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
export function createKernel({ room, accumulate }: Products): Kernel {
  const block = 48;
  /** Matrices of fewer rows are multiplied sooner than they are copied. */
  const least = 48;
  /** Rows that are solved for or multiplied at once in the memory of products. */
  const together = 384;

  /**
   * Takes places [from, to) of a row of L, times those of four rows, out of place i of these, and divides by the row's own
   * i: rows at `row` and after, as far as there are `count` of them. Four at a time don't wait for one another.
   */
  function eliminate(
    l: Float64Array,
    at: number,
    from: number,
    to: number,
    i: number,
    rows: Float64Array,
    n: number,
    row: number,
    count: number,
  ): void {
    const r0 = row * n;
    const r1 = Math.min(row + 1, count - 1) * n;
    const r2 = Math.min(row + 2, count - 1) * n;
    const r3 = Math.min(row + 3, count - 1) * n;
    let s0 = rows[r0 + i] as number;
    let s1 = rows[r1 + i] as number;
    let s2 = rows[r2 + i] as number;
    let s3 = rows[r3 + i] as number;
    for (let k = from; k < to; k++) {
      const v = l[at + k] as number;
      s0 -= v * (rows[r0 + k] as number);
      s1 -= v * (rows[r1 + k] as number);
      s2 -= v * (rows[r2 + k] as number);
      s3 -= v * (rows[r3 + k] as number);
    }
    const own = l[at + i] as number;
    rows[r0 + i] = s0 / own;
    rows[r1 + i] = s1 / own;
    rows[r2 + i] = s2 / own;
    rows[r3 + i] = s3 / own;
  }

  function factorPanel(a: Float64Array, n: number, from: number, to: number): boolean {
    for (let c = from; c < to; c++) {
      const rc = c * n;
      let pivot = a[rc + c] as number;
      for (let k = from; k < c; k++) pivot -= (a[rc + k] as number) ** 2;
      if (!(pivot > 0 && pivot < Infinity)) return false;
      a[rc + c] = Math.sqrt(pivot);
      for (let i = c + 1; i < n; i += 4) eliminate(a, rc, from, c, c, a, n, i, n);
    }
    return true;
  }

  function factor(a: Float64Array, n: number): boolean {
    const copy = n < least ? undefined : room(n * n);
    if (!copy) return factorHere(a, n);
    copy.set(a);
    const found = factorHere(copy, n);
    a.set(copy);
    return found;
  }

  function factorHere(a: Float64Array, n: number): boolean {
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

  /** Calls `use` with a matrix and some rows at a time in memory where products are fast; the rest of it is for `use`. */
  function inRoom(
    a: Float64Array,
    rows: Float64Array,
    q: number,
    n: number,
    more: number,
    use: (a: Float64Array, some: Float64Array, count: number, first: number, rest: Float64Array) => void,
  ): boolean {
    const most = Math.min(q, together);
    const memory = q < least || n < least ? undefined : room(a.length + most * (n + more));
    if (!memory) return false;
    memory.set(a);
    const some = memory.subarray(a.length, a.length + most * n);
    const rest = memory.subarray(a.length + most * n);
    for (let first = 0; first < q; first += most) {
      const count = Math.min(most, q - first);
      some.set(rows.subarray(first * n, (first + count) * n));
      use(memory.subarray(0, a.length), some, count, first, rest);
    }
    return true;
  }

  function solve(l: Float64Array, n: number, rows: Float64Array, q: number): void {
    const isDone = inRoom(l, rows, q, n, 0, (factor, some, count, first) => {
      solveHere(factor, n, some, count);
      rows.set(some.subarray(0, count * n), first * n);
    });
    if (!isDone) solveHere(l, n, rows, q);
  }

  function solveHere(l: Float64Array, n: number, rows: Float64Array, q: number): void {
    const x = { data: rows, width: n, row: 0 };
    for (let from = 0; from < n; from += block) {
      const to = Math.min(from + block, n);
      accumulate(x, from, x, { data: l, width: n, row: from }, q, to - from, 0, from, -1, false);
      for (let r = 0; r < q; r += 4)
        for (let i = from; i < to; i++) eliminate(l, i * n, from, i, i, rows, n, r, q);
    }
    const last = Math.floor((n - 1) / block) * block;
    for (let from = last; from >= 0; from -= block) {
      const to = Math.min(from + block, n);
      accumulate(x, from, x, { data: l, width: n, row: from }, q, to - from, to, n, -1, false);
      for (let r = 0; r < q; r += 4)
        for (let i = to - 1; i >= from; i--) eliminate(l, i * n, i + 1, to, i, rows, n, r, q);
    }
  }

  function multiply(rows: Float64Array, q: number, a: Float64Array, n: number, p = n): Float64Array {
    const out = new Float64Array(q * p);
    const isDone = inRoom(a, rows, q, n, p, (others, some, count, first, rest) => {
      const sums = rest.subarray(0, count * p).fill(0);
      multiplyHere(some, count, others, n, p, sums);
      out.set(sums, first * p);
    });
    if (!isDone) multiplyHere(rows, q, a, n, p, out);
    return out;
  }

  function multiplyHere(
    rows: Float64Array,
    q: number,
    a: Float64Array,
    n: number,
    p: number,
    out: Float64Array,
  ): void {
    const x = { data: rows, width: n, row: 0 };
    for (let from = 0; from < p; from += block) {
      const to = Math.min(from + block, p);
      const others = { data: a, width: n, row: from };
      accumulate({ data: out, width: p, row: 0 }, from, x, others, q, to - from, 0, n, 1, false);
    }
  }

  return { factor, factorShifted, solve, multiply };
}
