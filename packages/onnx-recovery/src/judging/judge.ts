import type { Model } from "@prune/onnx";
import {
  type Compared,
  compareAnswers,
  type Judgement,
  judgementOf,
  type OutputValues,
} from "@prune/recovery/advanced";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import type { LivingOf } from "@prune/runtime-ort/advanced";
import { OnnxRecoveryError } from "../error.js";
import { countOf } from "../samples/count.js";
import { forBoth } from "../samples/shrunk.js";
import { outputsOf } from "./outputs.js";

/**
 * Judges models by held-out samples: `labels` hold the class of each, in their order. The original runs once, until the
 * signal of `options`; the judging of each model has one of its own, and what a cut leaves of the samples, where it
 * takes less of them. Throws `no-class-output` where there are labels and the first output has no row for each sample.
 */
export async function judgeOn(
  original: Model,
  samples: readonly ValuesByName[],
  labels?: ArrayLike<number>,
  options: SessionOptions & { readonly signal?: AbortSignal } = {},
): Promise<(model: Model, signal?: AbortSignal, living?: LivingOf) => Promise<Judgement>> {
  const sizes = samples.map((feeds) => countOf([feeds]));
  const count = countOf(samples);
  if (labels && labels.length !== count)
    throw new OnnxRecoveryError("labels-count", { samples: count, labels: labels.length });
  const dense: (readonly OutputValues[])[] = [];
  for await (const outputs of outputsOf(original, samples, options, options.signal))
    dense.push(outputs.slice(0, 1));
  const against = async (answers: Parameters<typeof compareAnswers>[1]): Promise<Judgement> =>
    judgementOf(await compareAnswers(dense, answers, sizes), labels);
  const itself = await against(dense);
  return (model, signal, living) =>
    model === original
      ? Promise.resolve(itself)
      : against(outputsOf(model, forBoth(samples, living).pruned, options, signal));
}

/** How models do beside the original on samples, output by output and sample by sample: what `verdict` takes. */
export function compareOn(
  original: Model,
  samples: readonly ValuesByName[],
  options: SessionOptions & { readonly signal?: AbortSignal; readonly living?: LivingOf } = {},
): (model: Model) => Promise<readonly Compared[]> {
  const { signal, living } = options;
  const both = forBoth(samples, living);
  const sizes = samples.map((feeds) => countOf([feeds]));
  return (model) =>
    compareAnswers(
      outputsOf(original, both.dense, options, signal, living),
      outputsOf(model, both.pruned, options, signal),
      sizes,
    );
}
