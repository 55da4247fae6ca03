import type { Compared, OutputValues } from "./comparison.js";
import { divergence } from "./divergence.js";
import { largest } from "./largest.js";
import { standsOut } from "./stands-out.js";

/** What comparing one output adds up, batch by batch. */
export interface Sums {
  /** The output has the same shape in both models. */
  alike: boolean;
  scores: boolean;
  /** It has a part for each sample, in order. */
  bySample: boolean;
  classes: number;
  readonly batches: { readonly samples: number; readonly off: Float64Array; readonly top1: Float64Array }[];
  readonly dense: number[];
  readonly other: number[];
  cosine: number;
  kl: number;
  count: number;
  mean: number;
  /** Sum of squares about the mean. */
  power: number;
}

export const startSums = (): Sums => ({
  alike: true,
  scores: true,
  bySample: true,
  classes: 1,
  batches: [],
  dense: [],
  other: [],
  cosine: 0,
  kl: 0,
  count: 0,
  mean: 0,
  power: 0,
});

export function addBatch(
  sums: Sums,
  dense: OutputValues,
  other: OutputValues | undefined,
  samples: number,
): void {
  sums.alike &&= other !== undefined && String(other.dims) === String(dense.dims);
  if (!sums.alike || !other) return;
  const { values: x, dims } = dense;
  const y = other.values;
  const n = dims.at(-1) ?? 1;
  sums.classes = n;
  const rows = n > 0 ? x.length / n : 0;
  sums.bySample &&= dims.length > 0 && dims[0] === samples;
  sums.scores &&= dense.scores ?? (dims.length === 2 && dims[0] === samples && n > 1 && standsOut(x, n));
  const off = new Float64Array(samples);
  const top1 = new Float64Array(samples);
  // Without a part for each sample they share what is off: sums over the batch are right, and only those are used.
  const each = rows / samples || 1;
  for (let r = 0; r < rows; r++) {
    const at = r * n;
    const [a, b] = [largest(x, at, n), largest(y, at, n)];
    sums.dense.push(a);
    sums.other.push(b);
    const s = Math.min(samples - 1, Math.floor(r / each));
    if (a === b) top1[s]! += 1 / each;
    off[s]! += squaredError(x, y, at, n);
    sums.cosine += cosine(x, y, at, n);
    sums.kl += divergence(x, y, at, n, x[at + a] as number, y[at + b] as number);
  }
  sums.batches.push({ samples, off, top1 });
  addPower(sums, x);
}

export function finished(sums: Sums): Omit<Compared, "name"> {
  const { scores, bySample, classes, batches, cosine: cosines, kl } = sums;
  const rows = sums.dense.length || 1;
  const samples = batches.reduce((sum, batch) => sum + batch.samples, 0);
  const scale = samples / (sums.power || 1);
  const told = (values: Float64Array): Float64Array =>
    bySample ? values : Float64Array.of(total(values) / values.length);
  const errors = batches.map(({ off }) => told(off.map((v) => v * scale)));
  const top1 = batches.map((batch) => told(batch.top1));
  const same = sums.dense.reduce((sum, at, r) => sum + (at === sums.other[r] ? 1 : 0), 0);
  const error = batches.reduce((sum, { off }) => sum + total(off), 0) / (sums.power || 1);
  return {
    agreement: { top1: same / rows, cosine: cosines / rows, kl: kl / rows, error },
    scores,
    errors,
    top1,
    classes,
    dense: Int32Array.from(sums.dense),
    other: Int32Array.from(sums.other),
  };
}

const total = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

/** Sums about means combine with the square of how far the means lie apart. */
function addPower(sums: Sums, values: ArrayLike<number>): void {
  // What is infinite, as masked scores are, has no variance; NaN stays and shows in the error.
  const finite = Float64Array.from(values).filter((v) => Math.abs(v) !== Number.POSITIVE_INFINITY);
  const n = finite.length;
  if (n === 0) return;
  const mean = finite.reduce((sum, v) => sum + v / n, 0);
  const power = finite.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const count = sums.count + n;
  const apart = mean - sums.mean;
  sums.power += power + (sums.count * n * apart * apart) / count;
  sums.mean += (n / count) * apart;
  sums.count = count;
}

/** Of rows of n values; what is infinite in both is no error. */
function squaredError(x: ArrayLike<number>, y: ArrayLike<number>, at: number, n: number): number {
  let sum = 0;
  for (let i = at; i < at + n; i++) if (x[i] !== y[i]) sum += ((x[i] as number) - (y[i] as number)) ** 2;
  return sum;
}

/** Of rows of n values, without what is infinite in both. */
function cosine(x: ArrayLike<number>, y: ArrayLike<number>, at: number, n: number): number {
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = at; i < at + n; i++) {
    const [a, b] = [x[i] as number, y[i] as number];
    if (!Number.isFinite(a) && a === b) continue;
    xx += a * a;
    xy += a * b;
    yy += b * b;
  }
  return xy / (Math.sqrt(xx * yy) || 1);
}
