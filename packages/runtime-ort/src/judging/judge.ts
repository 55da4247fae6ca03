import type { Model } from "@prune/onnx";
import { type Agreement, agreement, best, checkLabels, type Estimate, estimate } from "@prune/recovery";
import { RuntimeError } from "../error.js";
import type { SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";
import { answersOf } from "./outputs.js";

/** How a model does beside the original on some samples, of the first output. */
export interface Judgement {
  /** Share of the rows whose largest value is at the same place. */
  readonly agreement: Estimate;
  /** Mean cosine and Kullback-Leibler divergence (of the softmax, in nats) of rows, and squared error relative to the variance. */
  readonly cosine: number;
  readonly kl: number;
  readonly error: number;
  /** Share of right answers; where there are labels. */
  readonly accuracy?: Estimate;
  /** Of the accuracy against the original's, paired by sample. */
  readonly change?: Estimate;
}

/**
 * Judges models by held-out samples: `labels` hold the class of each, in their order. The original runs once. Throws
 * `no-class-output` where there are labels and the first output has no row for each sample.
 */
export async function judgeOn(
  original: Model,
  samples: readonly ValuesByName[],
  labels?: ArrayLike<number>,
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): Promise<(model: Model) => Promise<Judgement>> {
  const dense = await answersOf(original, samples, options, options.signal);
  const count = countOf(samples);
  const reference = best(dense);
  if (labels) {
    if (labels.length !== count)
      throw new RuntimeError("labels-count", { images: count, labels: labels.length });
    checkLabels(dense, labels);
  }
  return async (model) => {
    const answers = model === original ? dense : await answersOf(model, samples, options, options.signal);
    const { top1: _, ...alike }: Agreement = agreement(dense, answers);
    const found = best(answers);
    const each = found.length / count;
    const perSample = (value: (row: number) => number): Estimate =>
      estimate(Float64Array.from({ length: count }, (_, s) => mean(each, (r) => value(s * each + r))));
    const right = (of: Int32Array, row: number): number => (of[row] === labels?.[row] ? 1 : 0);
    return {
      agreement: perSample((row) => (found[row] === reference[row] ? 1 : 0)),
      ...alike,
      ...(labels && {
        accuracy: perSample((row) => right(found, row)),
        change: perSample((row) => right(found, row) - right(reference, row)),
      }),
    };
  };
}

/** Samples in some batches. */
export const countOf = (samples: readonly ValuesByName[]): number =>
  samples.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);

const mean = (count: number, value: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => value(i)).reduce((a, b) => a + b, 0) / count;
