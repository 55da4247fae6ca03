import type { Model } from "@prune/onnx";
import {
  type Compared,
  checkLabels,
  compareAnswers,
  type Estimate,
  estimate,
  type Output,
} from "@prune/recovery";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import { OnnxRecoveryError } from "../error.js";
import { countOf } from "../samples/count.js";
import { outputsOf } from "./outputs.js";

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
 * Judges models by held-out samples: `labels` hold the class of each, in their order. The original runs once. Throws
 * `no-class-output` where there are labels and the first output has no row for each sample.
 */
export async function judgeOn(
  original: Model,
  samples: readonly ValuesByName[],
  labels?: ArrayLike<number>,
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): Promise<(model: Model) => Promise<Judgement>> {
  const sizes = samples.map((feeds) => countOf([feeds]));
  const count = countOf(samples);
  if (labels && labels.length !== count)
    throw new OnnxRecoveryError("labels-count", { samples: count, labels: labels.length });
  const dense: (readonly Output[])[] = [];
  for await (const outputs of outputsOf(original, samples, options, options.signal))
    dense.push(outputs.slice(0, 1));
  const against = async (answers: AsyncIterable<readonly Output[]>): Promise<Judgement> => {
    return judgementOf(await compareAnswers(dense, answers, sizes), labels);
  };
  const itself = await against(again(dense));
  return (model) =>
    model === original
      ? Promise.resolve(itself)
      : against(outputsOf(model, samples, options, options.signal));
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

/** How models do beside the original on samples, output by output and sample by sample: what `verdict` takes. */
export function compareOn(
  original: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): (model: Model) => Promise<readonly Compared[]> {
  const answers = (of: Model): AsyncIterable<readonly Output[]> =>
    outputsOf(of, samples, options, options.signal);
  const sizes = samples.map((feeds) => countOf([feeds]));
  return (model) => compareAnswers(answers(original), answers(model), sizes);
}

async function* again<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
