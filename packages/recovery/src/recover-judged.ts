import { type Agreement, type Answers, agreement } from "./agreement.js";
import { RecoveryError } from "./errors.js";
import { type Estimate, rightAnswers } from "./estimate.js";
import { type LayerReport, type RecoverOptions, recover } from "./recover.js";
import { type Seconds, startStopwatch } from "./stopwatch.js";
import type { Skipped, Twins } from "./twins.js";

/** A model, one cut from it, and how a runtime answers with them. */
export interface Judged<Model, Batch> {
  readonly original: Model;
  readonly smaller: Model;
  /** In batches of about 64 in random order; three at least. */
  readonly samples: readonly Batch[];
  /** Samples in a batch. */
  sizeOf(batch: Batch): number;
  /** A model's first output over batches. */
  answers(model: Model, batches: readonly Batch[]): Promise<Answers>;
  /** What is fitted to batches. */
  twins(batches: readonly Batch[]): Twins<Model> | Promise<Twins<Model>>;
}

export interface JudgedReport {
  readonly layers: readonly LayerReport[];
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

export interface JudgedOptions extends RecoverOptions {
  /** Classes of all samples in order: nothing is fitted to them, they are for the report alone. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Batches to fit to, to hold out of that, and to judge the whole by. */
const least = 3;

/** One batch in this many is kept to judge the whole by. */
const unseenEvery = 8;

/**
 * Refits a cut model to the original on some of the samples and judges it by the others; gives the cut model back where
 * the refitted one is further from the original.
 * @throws {RecoveryError} "samples-few", "labels-count", "no-class-output", "label-range".
 */
export async function recoverJudged<Model, Batch>(
  { original, smaller, samples, sizeOf, answers, twins }: Judged<Model, Batch>,
  options: JudgedOptions = {},
): Promise<{ readonly model: Model; readonly report: JudgedReport }> {
  if (samples.length < least) throw new RecoveryError("samples-few", { batches: samples.length, least });
  const { stopwatch = startStopwatch() } = options;
  const sizes = samples.map(sizeOf);
  const isUnseen = (b: number): boolean => (samples.length < unseenEvery ? b === 0 : b % unseenEvery === 0);
  const unseen = samples.filter((_, b) => isUnseen(b));
  const fitted = samples.filter((_, b) => !isUnseen(b));
  const labels = options.labels && labelsOf(sizes, options.labels, isUnseen);
  const answered = (model: Model): Promise<Answers> =>
    stopwatch.during("runtime", () => answers(model, unseen));
  const dense = await answered(original);
  const right = labels && rightAnswers(dense, labels);
  const cutAnswers = await answered(smaller);
  const before = agreement(dense, cutAnswers);
  const { model, layers, skipped } = await recover(await twins(fitted), { ...options, stopwatch });
  const lastAnswers = await answered(model);
  const after = agreement(dense, lastAnswers);
  const better = model !== smaller && after.error <= before.error;
  const count = (wanted: (b: number) => boolean): number =>
    sizes.reduce((sum, size, b) => sum + (wanted(b) ? size : 0), 0);
  return {
    model: better ? model : smaller,
    report: {
      layers,
      skipped,
      before,
      after: better ? after : before,
      ...(labels &&
        right && {
          accuracy: {
            original: right,
            before: rightAnswers(cutAnswers, labels),
            after: rightAnswers(better ? lastAnswers : cutAnswers, labels),
          },
        }),
      result: better ? "recovered" : "kept",
      samples: { fitted: count((b) => !isUnseen(b)), unseen: count(isUnseen) },
      seconds: stopwatch.seconds(),
    },
  };
}

/** Labels of some of the batches. */
function labelsOf(
  sizes: readonly number[],
  labels: ArrayLike<number>,
  wanted: (batch: number) => boolean,
): number[] {
  const samples = sizes.reduce((a, b) => a + b, 0);
  if (labels.length !== samples) throw new RecoveryError("labels-count", { samples, labels: labels.length });
  let start = 0;
  return sizes.flatMap((size, b) => {
    const from = start;
    start += size;
    return wanted(b) ? Array.from({ length: size }, (_, i) => labels[from + i] as number) : [];
  });
}
