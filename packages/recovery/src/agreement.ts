/** A model's first output over batches of samples, flat, and the size of its last dim. */
export interface Answers {
  readonly values: Float64Array;
  readonly classes: number;
}

/** How alike two models answer. */
export interface Agreement {
  /** Share of rows whose largest value is at the same place. */
  readonly top1: number;
  /** Mean cosine of rows. */
  readonly cosine: number;
  /** Mean Kullback-Leibler divergence of the rows' softmax, in nats. */
  readonly kl: number;
  /** Squared error relative to the variance of the first. */
  readonly error: number;
}

export function agreement(dense: Answers, other: Answers): Agreement {
  const { values: x, classes: n } = dense;
  const y = other.values;
  const rows = x.length / n;
  let [top1, cosine, kl] = [0, 0, 0];
  for (let r = 0; r < rows; r++) {
    const a = x.subarray(r * n, (r + 1) * n);
    const b = y.subarray(r * n, (r + 1) * n);
    if (largest(a) === largest(b)) top1++;
    cosine += dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
    const [p, q] = [logSoftmax(a), logSoftmax(b)];
    kl += p.reduce((sum, l, i) => sum + Math.exp(l) * (l - (q[i] as number)), 0);
  }
  return { top1: top1 / rows, cosine: cosine / rows, kl: kl / rows, error: relativeError(x, y) };
}

function relativeError(x: Float64Array, y: Float64Array): number {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  let off = 0;
  let power = 0;
  for (let i = 0; i < x.length; i++) {
    off += ((x[i] as number) - (y[i] as number)) ** 2;
    power += ((x[i] as number) - mean) ** 2;
  }
  return off / (power || 1);
}

const largest = (row: Float64Array): number =>
  row.reduce((best, v, i) => (v > (row[best] as number) ? i : best), 0);

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

function logSoftmax(row: Float64Array): Float64Array {
  const top = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = Math.log(row.reduce((all, v) => all + Math.exp(v - top), 0));
  return row.map((v) => v - top - sum);
}
