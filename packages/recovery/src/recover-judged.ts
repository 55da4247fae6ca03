import type { Agreement } from "./agreement.js";
import { checkMethods } from "./check-methods.js";
import { type Compared, compareAnswers, type OutputValues } from "./comparison.js";
import { RecoveryError } from "./errors.js";
import { type Estimate, rightAnswers } from "./estimate.js";
import { type LayerReport, type RecoverOptions, recover } from "./recover.js";
import { type Seconds, startStopwatch } from "./stopwatch.js";
import type { Skipped, Twins } from "./twins.js";
import { type Verdict, verdict } from "./verdict.js";

/** A model, one cut from it, and how a runtime answers with them. */
export interface Judged<Model, Batch> {
  readonly original: Model;
  readonly smaller: Model;
  /** In batches of about 64 in random order; three at least. */
  readonly samples: readonly Batch[];
  /** Samples in a batch. */
  sizeOf(batch: Batch): number;
  /** A model's outputs for one batch after another. */
  answers(model: Model, batches: readonly Batch[]): AsyncIterable<readonly OutputValues[]>;
  /** What is fitted to batches; without it no layer is refitted. */
  twins?(batches: readonly Batch[]): Twins<Model> | Promise<Twins<Model>>;
  /** What is done after the refit. */
  readonly steps?: readonly RecoveryStep<Model, Batch>[];
}

/** One change of a model; what it gives is the model itself where there is nothing to change. */
export interface RecoveryStep<Model, Batch> {
  readonly name: string;
  change(model: Model, batches: readonly Batch[]): Promise<Model>;
}

/** What unseen samples say of one step, and so what became of it. */
export interface StepReport extends Partial<Omit<Verdict, "result">> {
  /** "refit", or the step's name. */
  readonly step: string;
  /** `unchanged`: it found nothing to change. */
  readonly result: "applied" | "rolled back" | "unchanged";
}

/** What became of every layer and step, with the original's agreement before and after on unseen samples. */
export interface JudgedReport {
  readonly layers: readonly LayerReport[];
  /** Layers that stay as they were cut, and why. */
  readonly skipped: readonly Skipped[];
  /** With the original, on samples that no layer was fitted to or judged by; of the first output. */
  readonly before: Agreement;
  readonly after: Agreement;
  /** Of every output, where there are several. */
  readonly outputs?: readonly {
    readonly name: string;
    readonly before: Agreement;
    readonly after: Agreement;
  }[];
  /** Of the original, the cut model and the result on those samples; where there are labels. */
  readonly accuracy?: { readonly original: Estimate; readonly before: Estimate; readonly after: Estimate };
  /** The refit and what followed, each judged against the model before it. */
  readonly steps: readonly StepReport[];
  /** `kept`: nothing was changed, or all of it was rolled back, so the cut model is returned as it was. */
  readonly result: "recovered" | "kept";
  readonly samples: { readonly fitted: number; readonly unseen: number };
  /** Where the time went. */
  readonly seconds: Seconds;
}

/** What a recovery that is judged by unseen samples may be given besides. */
export interface JudgedOptions extends RecoverOptions {
  /** Classes of all samples in order: nothing is fitted to them, they are for the report alone. */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Batches to fit to, to hold out of that, and to judge the whole by. */
const least = 3;

/** One batch in this many is kept to judge the whole by. */
const unseenEvery = 8;

/**
 * Refits a cut model to the original on some of the samples and judges it by the others: what makes it worse there by
 * more than chance, in error or in agreement, is rolled back.
 * @throws {RecoveryError} "bad-option", "samples-few", "labels-count", "no-class-output", "label-range", "no-comparable-output", "not-a-number".
 */
export async function recoverJudged<Model, Batch>(
  { original, smaller, samples, sizeOf, answers, twins, steps: later = [] }: Judged<Model, Batch>,
  options: JudgedOptions = {},
): Promise<{ readonly model: Model; readonly report: JudgedReport }> {
  if (options.methods !== undefined) checkMethods(options.methods);
  if (samples.length < least) throw new RecoveryError("samples-few", { batches: samples.length, least });
  const { stopwatch = startStopwatch() } = options;
  const sizes = samples.map(sizeOf);
  const isUnseen = (b: number): boolean => (samples.length < unseenEvery ? b === 0 : b % unseenEvery === 0);
  const some = <T>(list: readonly T[], wanted: boolean): T[] => list.filter((_, b) => isUnseen(b) === wanted);
  const [unseen, fitted, unseenSizes] = [some(samples, true), some(samples, false), some(sizes, true)];
  const labels = options.labels && labelsOf(sizes, options.labels, isUnseen);
  const compared = (model: Model): Promise<readonly Compared[]> =>
    stopwatch.during("runtime", () =>
      compareAnswers(answers(original, unseen), answers(model, unseen), unseenSizes),
    );
  const cut = await compared(smaller);
  const first = cut[0] as Compared;
  const right = labels && rightAnswers(first.dense, first.classes, labels);
  let layers: readonly LayerReport[] = [];
  let skipped: readonly Skipped[] = [];
  const refit: RecoveryStep<Model, Batch> = {
    name: "refit",
    async change(_, batches) {
      const found = await recover(await (twins as NonNullable<typeof twins>)(batches), {
        ...options,
        stopwatch,
      });
      ({ layers, skipped } = found);
      return found.model;
    },
  };
  let [model, now] = [smaller, cut];
  const steps: StepReport[] = [];
  for (const { name: step, change } of twins ? [refit, ...later] : later) {
    const changed = await change(model, fitted);
    if (changed === model) {
      steps.push({ step, result: "unchanged" });
      continue;
    }
    const next = await compared(changed);
    const { result, ...told } = verdict(now, next);
    steps.push({ step, ...told, result: result === "better" ? "applied" : "rolled back" });
    if (result === "better") [model, now] = [changed, next];
  }
  const last = (name: string): Compared => now.find((output) => output.name === name) ?? first;
  const accuracy = (of: Compared): Estimate => rightAnswers(of.other, of.classes, labels ?? []);
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  return {
    model,
    report: {
      layers,
      skipped,
      before: first.agreement,
      after: last(first.name).agreement,
      ...(cut.length > 1 && {
        outputs: cut.map(({ name, agreement }) => ({ name, before: agreement, after: last(name).agreement })),
      }),
      ...(right && {
        accuracy: { original: right, before: accuracy(first), after: accuracy(last(first.name)) },
      }),
      steps,
      result: model === smaller ? "kept" : "recovered",
      samples: { fitted: sum(some(sizes, false)), unseen: sum(unseenSizes) },
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
