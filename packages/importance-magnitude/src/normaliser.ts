/** The names that a normaliser may have. */
export const normaliserNames = ["none", "mean", "sum", "max", "min-max", "gaussian", "lamp"] as const;

/** How scores of a family become comparable, by a name: see `Normaliser`. */
export type NormaliserName = (typeof normaliserNames)[number];

/** Makes the scores of one family comparable with those of others. */
export type Normaliser =
  | NormaliserName
  | { readonly sentinel: number }
  | ((scores: Float64Array) => ArrayLike<number>);

/** Scores of a family without differences (all zero, all equal, a single unit) stay finite: dividing by 0 gives 0. */
export function normalise(scores: Float64Array, normaliser: Normaliser): Float32Array {
  if (typeof normaliser === "function") return Float32Array.from(normaliser(scores));
  if (typeof normaliser === "object") return scaled(scores, 0, quantile(scores, normaliser.sentinel));
  if (normaliser === "lamp") return lampScores(scores);
  const [shift, scale] = scaleOf(scores, normaliser);
  return scaled(scores, shift, scale);
}

const scaled = (scores: Float64Array, shift: number, scale: number): Float32Array =>
  Float32Array.from(scores, (s) => (scale === 0 ? 0 : (s - shift) / scale));

function scaleOf(scores: Float64Array, kind: Exclude<NormaliserName, "lamp">): [number, number] {
  const sum = scores.reduce((a, b) => a + b, 0);
  const mean = sum / Math.max(1, scores.length);
  const max = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  switch (kind) {
    case "none":
      return [0, 1];
    case "sum":
      return [0, sum];
    case "mean":
      return [0, mean];
    case "max":
      return [0, max];
    case "min-max": {
      const min = scores.reduce((a, b) => Math.min(a, b), Infinity);
      return [min, max - min];
    }
    case "gaussian": {
      const variance = scores.reduce((a, s) => a + (s - mean) ** 2, 0) / Math.max(1, scores.length - 1);
      return [mean, Math.sqrt(variance)];
    }
  }
}

/** The element that a share of the scores lies at or below. */
function quantile(scores: Float64Array, q: number): number {
  const sorted = Float64Array.from(scores).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
}

/** Each score over the sum of those that are not smaller: the share of what would be left. */
function lampScores(scores: Float64Array): Float32Array {
  const order = Array.from(scores.keys()).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || b - a,
  );
  const out = new Float32Array(scores.length);
  let sum = 0;
  let i = 0;
  while (i < order.length) {
    const value = scores[order[i] as number] as number;
    let j = i;
    for (; j < order.length && scores[order[j] as number] === value; j++) sum += value;
    for (; i < j; i++) out[order[i] as number] = sum === 0 ? 0 : value / sum;
  }
  return out;
}
