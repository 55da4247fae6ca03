/** What rounding leaves of a sum of probabilities, in half precision. */
const rounding = 1e-2;
/** The least that a probability counts as, the smallest normal float32: what is lost of it stays finite. */
const least = 2 ** -126;

/**
 * Kullback-Leibler divergence, in nats, of rows that are probabilities in both, as behind a softmax, or else of the
 * softmax of rows; `topX` and `topY` are their largest values.
 */
export function divergence(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  at: number,
  n: number,
  topX: number,
  topY: number,
): number {
  if (areProbabilities(x, at, n) && areProbabilities(y, at, n)) return ofProbabilities(x, y, at, n);
  let [sumX, sumY, cross] = [0, 0, 0];
  for (let i = at; i < at + n; i++) {
    const [a, b] = [(x[i] as number) - topX, (y[i] as number) - topY];
    const weight = Math.exp(a);
    sumX += weight;
    sumY += Math.exp(b);
    if (weight > 0) cross += weight * (a - b);
  }
  return cross / sumX + Math.log(sumY) - Math.log(sumX);
}

function areProbabilities(row: ArrayLike<number>, at: number, n: number): boolean {
  let sum = 0;
  for (let i = at; i < at + n; i++) {
    const value = row[i] as number;
    if (!(value >= 0)) return false;
    sum += value;
  }
  return Math.abs(sum - 1) < rounding;
}

function ofProbabilities(x: ArrayLike<number>, y: ArrayLike<number>, at: number, n: number): number {
  let [sumX, sumY, cross] = [0, 0, 0];
  for (let i = at; i < at + n; i++) {
    const [p, q] = [x[i] as number, y[i] as number];
    sumX += p;
    sumY += q;
    if (p > 0) cross += p * Math.log(p / Math.max(q, least));
  }
  return cross / sumX + Math.log(sumY) - Math.log(sumX);
}
