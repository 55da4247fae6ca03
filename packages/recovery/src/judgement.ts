import type { Compared } from "./comparison.js";
import { checkLabels, type Estimate, estimate } from "./estimate.js";

/** How a model does beside the original on some samples, of the first output. */
export interface Judgement {
  /** Share of the rows whose largest value is at the same place. */
  readonly agreement: Estimate;
  /** Mean cosine and Kullback-Leibler divergence (of probabilities, in nats) of rows, and squared error relative to the variance. */
  readonly cosine: number;
  readonly kl: number;
  readonly error: number;
  /** Share of right answers; where there are labels. */
  readonly accuracy?: Estimate;
  /** Of the accuracy against the original's, paired by sample. */
  readonly change?: Estimate;
}

/**
 * What a comparison says of the first output; `labels` hold the class of each sample.
 * @throws {RecoveryError} "no-class-output", "label-range" where labels don't belong to the answers.
 */
export function judgementOf(compared: readonly Compared[], labels?: ArrayLike<number>): Judgement {
  const [first] = compared as readonly [Compared];
  const { agreement, top1, dense, other, classes } = first;
  const { top1: _, ...alike } = agreement;
  if (labels) checkLabels(dense.length, classes, labels);
  const right = (found: Int32Array, row: number): number => (found[row] === labels?.[row] ? 1 : 0);
  const by = (value: (row: number) => number): Estimate =>
    estimate(Float64Array.from(other, (_found, row) => value(row)));
  return {
    agreement: estimate(Float64Array.from(top1.flatMap((batch) => Array.from(batch)))),
    ...alike,
    ...(labels && {
      accuracy: by((row) => right(other, row)),
      change: by((row) => right(other, row) - right(dense, row)),
    }),
  };
}
