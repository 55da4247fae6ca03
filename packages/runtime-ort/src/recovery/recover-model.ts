import type { Cut } from "@prune/graph";
import { keptBy } from "@prune/graph";
import type { Model } from "@prune/onnx";
import {
  type LayerReport,
  type RecoverOptions,
  recover,
  type Seconds,
  type Skipped,
  startStopwatch,
} from "@prune/recovery";
import { RuntimeError } from "../error.js";
import { accuracyOf, countOf, type Estimate } from "../judging/judge.js";
import { type Agreement, type Answers, agreement, answersOf } from "../judging/outputs.js";
import { type LogitReport, withLogits } from "../logits/with-logits.js";
import { checkSamples } from "../samples/check-samples.js";
import type { ValuesByName } from "../values.js";
import { ortTwins, type TwinsOptions } from "./twins.js";

export interface Pruned {
  readonly original: Model;
  /** What the backend made of the original and the cut. */
  readonly smaller: Model;
  readonly cut: Cut;
}

export interface RecoveryReport {
  readonly layers: readonly LayerReport[];
  /** Heads whose queries and keys lost dims. */
  readonly logits: readonly LogitReport[];
  /** Layers that stay as they were cut, and why. */
  readonly skipped: readonly Skipped[];
  /** With the original, on samples that no layer was fitted to or judged by; of the first output. */
  readonly before: Agreement;
  readonly after: Agreement;
  /** Of the original, the cut model and the result on those samples; where there are labels. */
  readonly accuracy?: { readonly original: Estimate; readonly before: Estimate; readonly after: Estimate };
  /** `kept`: nothing was refitted, or the refitted net agrees less, so the cut one is returned as it was. */
  readonly result: "recovered" | "kept";
  readonly samples: { readonly fitted: number; readonly unseen: number };
  /** Where the time went. */
  readonly seconds: Seconds;
}

export interface RecoverModelOptions extends TwinsOptions, RecoverOptions {
  /** Fit a core between queries and keys that lost dims, so that attention gives the logits that it gave. @default true */
  readonly logits?: boolean;
  /** Classes of all samples in order: nothing is fitted to them, they are for the report alone. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Batches to fit to, to hold out of that, and to judge the whole by. */
const least = 3;

/** One batch in this many is kept to judge the whole by. */
const unseenEvery = 8;

/**
 * Refits a cut model to the original on unlabelled samples, in batches of about 64 in random order; three batches
 * at least. Neither model is changed.
 */
export async function recoverModel(
  { original, smaller, cut }: Pruned,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions = {},
): Promise<{ readonly model: Model; readonly report: RecoveryReport }> {
  if (samples.length < least) throw new RuntimeError("samples-few", { batches: samples.length, least });
  checkSamples(original, samples);
  const { signal, stopwatch = startStopwatch() } = options;
  const timed = { ...options, stopwatch };
  const answers = (model: Model): Promise<Answers> =>
    stopwatch.during("runtime", () => answersOf(model, unseen, options, signal));
  const isUnseen = (b: number): boolean => (samples.length < unseenEvery ? b === 0 : b % unseenEvery === 0);
  const unseen = samples.filter((_, b) => isUnseen(b));
  const fitted = samples.filter((_, b) => !isUnseen(b));
  const labels = options.labels && labelsOf(samples, options.labels, isUnseen);
  const dense = await answers(original);
  const right = labels && accuracyOf(dense, labels);
  const cutAnswers = await answers(smaller);
  const before = agreement(dense, cutAnswers);
  const kept = keptBy(cut);
  const plain = ortTwins(original, smaller, kept, fitted, timed);
  const twins =
    options.logits === false
      ? { ...plain, logits: [] }
      : await withLogits(plain, { dense: original, kept }, fitted, options);
  const { model, layers, skipped } = await recover(twins, timed);
  const lastAnswers = await answers(model);
  const after = agreement(dense, lastAnswers);
  const better = model !== smaller && after.error <= before.error;
  return {
    model: better ? model : smaller,
    report: {
      layers,
      logits: twins.logits,
      skipped,
      before,
      after: better ? after : before,
      ...(labels &&
        right && {
          accuracy: {
            original: right,
            before: accuracyOf(cutAnswers, labels),
            after: accuracyOf(better ? lastAnswers : cutAnswers, labels),
          },
        }),
      result: better ? "recovered" : "kept",
      samples: { fitted: countOf(fitted), unseen: countOf(unseen) },
      seconds: stopwatch.seconds(),
    },
  };
}

/** Labels of some of the batches. */
function labelsOf(
  samples: readonly ValuesByName[],
  labels: ArrayLike<number>,
  wanted: (batch: number) => boolean,
): number[] {
  const images = countOf(samples);
  if (labels.length !== images) throw new RuntimeError("labels-count", { images, labels: labels.length });
  let start = 0;
  return samples.flatMap((feeds, b) => {
    const from = start;
    start += countOf([feeds]);
    return wanted(b) ? Array.from({ length: start - from }, (_, i) => labels[from + i] as number) : [];
  });
}
