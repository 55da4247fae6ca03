import type { Model } from "@prune/onnx";
import {
  type Compared,
  compareAnswers,
  type Judgement,
  judgementOf,
  type OutputValues,
} from "@prune/recovery";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import { OnnxRecoveryError } from "../error.js";
import { countOf } from "../samples/count.js";
import { outputsOf } from "./outputs.js";

/**
 * Judges models by held-out samples: `labels` hold the class of each, in their order. The original runs once, until the
 * signal of `options`; the judging of each model has one of its own. Throws `no-class-output` where there are labels and the first output has no row for each sample.
 */
export async function judgeOn(
  original: Model,
  samples: readonly ValuesByName[],
  labels?: ArrayLike<number>,
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): Promise<(model: Model, signal?: AbortSignal) => Promise<Judgement>> {
  const sizes = samples.map((feeds) => countOf([feeds]));
  const count = countOf(samples);
  if (labels && labels.length !== count)
    throw new OnnxRecoveryError("labels-count", { samples: count, labels: labels.length });
  const dense: (readonly OutputValues[])[] = [];
  for await (const outputs of outputsOf(original, samples, options, options.signal))
    dense.push(outputs.slice(0, 1));
  const against = async (answers: AsyncIterable<readonly OutputValues[]>): Promise<Judgement> => {
    return judgementOf(await compareAnswers(dense, answers, sizes), labels);
  };
  const itself = await against(again(dense));
  return (model, signal) =>
    model === original ? Promise.resolve(itself) : against(outputsOf(model, samples, options, signal));
}

/** How models do beside the original on samples, output by output and sample by sample: what `verdict` takes. */
export function compareOn(
  original: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): (model: Model) => Promise<readonly Compared[]> {
  const answers = (of: Model): AsyncIterable<readonly OutputValues[]> =>
    outputsOf(of, samples, options, options.signal);
  const sizes = samples.map((feeds) => countOf([feeds]));
  return (model) => compareAnswers(answers(original), answers(model), sizes);
}

async function* again<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
