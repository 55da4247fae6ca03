import { factorShifted, solve } from "./cholesky.js";

/** Products of one sample of an attention head: queries q and keys k that are left, Q and K of the original; by rows. */
export interface LogitProducts {
  /** qᵀq, rows x rows; with a bias, q has a column of ones at the end. */
  readonly qq: Float64Array;
  /** kᵀk, columns x columns. */
  readonly kk: Float64Array;
  /** qᵀQ Kᵀk, rows x columns. */
  readonly target: Float64Array;
  /** Sum of the squares of Q Kᵀ. */
  readonly power: number;
}

/** How many dims are left of queries and of keys. */
export interface LogitSizes {
  /** Columns of q. */
  readonly rows: number;
  /** Columns of k. */
  readonly columns: number;
}

/** The core for a ridge of `alpha` times the mean products, which holds it to `prior`. */
export type LogitSolver = (alpha: number, prior: Float64Array) => Float64Array;

/** Up to this many unknowns the equations are laid out and factored. */
const direct = 1100;

/**
 * Finds the core M, rows x columns, for which q M kᵀ comes closest to the logits Q Kᵀ of the original: CORP's closed
 * form for queries and keys that lost dims, Σ qᵀq M kᵀk = Σ qᵀQ Kᵀk over samples. Where there are many unknowns,
 * conjugate gradients preconditioned by the mean products come close to it.
 */
export function logitSolver(samples: readonly LogitProducts[], sizes: LogitSizes): LogitSolver {
  const { rows: n, columns: m } = sizes;
  const means = { qq: meanOf(samples, "qq", n * n), kk: meanOf(samples, "kk", m * m) };
  const unit = samples.length * (trace(means.qq, n) / n) * (trace(means.kk, m) / m);
  const target = new Float64Array(n * m);
  for (const sample of samples) addTo(target, sample.target);
  const apply = (x: Float64Array): Float64Array => {
    const out = new Float64Array(n * m);
    for (const { qq, kk } of samples) addTo(out, product(product(qq, x, n, n, m), kk, n, m, m));
    return out;
  };
  const matrix = n * m <= direct ? laidOut(samples, sizes) : undefined;
  return (alpha, prior) => {
    const ridge = alpha * unit;
    const known = apply(prior);
    const rest = target.map((v, i) => v - (known[i] as number));
    if (matrix) solve(factorShifted(matrix, n * m, ridge).l, n * m, rest, 1);
    const change = matrix
      ? rest
      : conjugateGradients(
          (x) => apply(x).map((v, i) => v + ridge * (x[i] as number)),
          kronecker(means, sizes, samples.length),
          rest,
        );
    return prior.map((v, i) => v + (change[i] as number));
  };
}

/** The sum of the Kronecker products qᵀq x kᵀk. */
function laidOut(samples: readonly LogitProducts[], { rows: n, columns: m }: LogitSizes): Float64Array {
  const out = new Float64Array((n * m) ** 2);
  for (const { qq, kk } of samples)
    for (let i = 0; i < n; i++)
      for (let j = 0; j <= i; j++) {
        const by = qq[i * n + j] as number;
        for (let a = 0; a < m; a++) {
          const row = (i * m + a) * n * m + j * m;
          for (let b = 0; b < m; b++) out[row + b]! += by * (kk[a * m + b] as number);
        }
      }
  // Both factors are symmetric, so their product is.
  const size = n * m;
  for (let r = 0; r < size; r++)
    for (let c = r + 1; c < size; c++) out[r * size + c] = out[c * size + r] as number;
  return out;
}

/** Squared error of q M kᵀ relative to the power of the original's logits. */
export function logitError(
  samples: readonly LogitProducts[],
  { rows: n, columns: m }: LogitSizes,
  core: Float64Array,
): number {
  let off = 0;
  let power = 0;
  for (const { qq, kk, target, power: own } of samples) {
    const seen = product(product(qq, core, n, n, m), kk, n, m, m);
    let sum = own;
    for (let i = 0; i < core.length; i++)
      sum += (core[i] as number) * ((seen[i] as number) - 2 * (target[i] as number));
    off += Math.max(0, sum);
    power += own;
  }
  return off / (power || 1);
}

const most = 40;
const enough = 1e-6;

function conjugateGradients(
  apply: (x: Float64Array) => Float64Array,
  precondition: (x: Float64Array) => Float64Array,
  right: Float64Array,
): Float64Array {
  const x = new Float64Array(right.length);
  const rest = right.slice();
  let z = precondition(rest);
  let direction = z.slice();
  let size = dot(rest, z);
  const goal = enough * enough * dot(right, right);
  for (let i = 0; i < most && dot(rest, rest) > goal; i++) {
    const image = apply(direction);
    const along = dot(direction, image);
    if (!(along > 0)) break;
    const step = size / along;
    for (let k = 0; k < x.length; k++) {
      x[k]! += step * (direction[k] as number);
      rest[k]! -= step * (image[k] as number);
    }
    z = precondition(rest);
    const next = dot(rest, z);
    const turn = next / size;
    direction = z.map((v, k) => v + turn * (direction[k] as number));
    size = next;
  }
  return x;
}

/** Solves S qq X kk = B for the mean products, a little shifted. */
function kronecker(
  means: { readonly qq: Float64Array; readonly kk: Float64Array },
  { rows: n, columns: m }: LogitSizes,
  count: number,
): (b: Float64Array) => Float64Array {
  const left = factorShifted(means.qq, n, (1e-6 * trace(means.qq, n)) / n).l;
  const right = factorShifted(means.kk, m, (1e-6 * trace(means.kk, m)) / m).l;
  return (b) => {
    const x = b.map((v) => v / count);
    solve(right, m, x, n);
    const turned = transpose(x, n, m);
    solve(left, n, turned, m);
    return transpose(turned, m, n);
  };
}

function meanOf(samples: readonly LogitProducts[], of: "qq" | "kk", size: number): Float64Array {
  const sum = new Float64Array(size);
  for (const sample of samples) addTo(sum, sample[of]);
  return sum.map((v) => v / samples.length);
}

function product(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  const out = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) {
      const by = a[i * k + j] as number;
      for (let c = 0; c < m; c++) out[i * m + c]! += by * (b[j * m + c] as number);
    }
  return out;
}

function transpose(a: Float64Array, rows: number, columns: number): Float64Array {
  const out = new Float64Array(a.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = a[r * columns + c] as number;
  return out;
}

function trace(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i * n + i] as number;
  return sum;
}

function addTo(into: Float64Array, values: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += values[i] as number;
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);
