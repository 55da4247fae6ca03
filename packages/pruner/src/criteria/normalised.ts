import type { Importance } from "@prune/graph";

/**
 * Makes scores of a family comparable with others: a share of their mean or their maximum, their rank from 0 to 1, or
 * a function of yours (`normalise` of `@prune/importance-magnitude` has more).
 */
export type ScoreNormaliser =
  | "none"
  | "mean"
  | "max"
  | "rank"
  | ((scores: Float64Array) => ArrayLike<number>);

/** A criterion whose scores are normalised, family by family. */
export const normalised = (criterion: Importance, normaliser: ScoreNormaliser): Importance => ({
  ...criterion,
  name:
    typeof normaliser === "string" && normaliser !== "none"
      ? `${criterion.name} by ${normaliser}`
      : criterion.name,
  score: async (family, probe) => normalise(await criterion.score(family, probe), normaliser),
});

function normalise(scores: Float32Array, normaliser: ScoreNormaliser): Float32Array {
  if (typeof normaliser === "function") return Float32Array.from(normaliser(Float64Array.from(scores)));
  if (normaliser === "none" || scores.length === 0) return scores;
  if (normaliser === "rank") return ranks(scores);
  const size =
    normaliser === "max"
      ? scores.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
      : scores.reduce((sum, score) => sum + Math.abs(score), 0) / scores.length;
  return scores.map((score) => (size === 0 ? 0 : score / size));
}

/** From 0, the lowest, to 1; equal scores share the mean of their ranks. */
export function ranks(scores: Float32Array): Float32Array {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const out = new Float32Array(scores.length);
  const last = Math.max(1, scores.length - 1);
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end + 1 < order.length && scores[order[end + 1] as number] === scores[order[i] as number]) end++;
    for (let k = i; k <= end; k++) out[order[k] as number] = (i + end) / 2 / last;
    i = end + 1;
  }
  return out;
}
