import type { Trace } from "@prune/graph";
import type { Input } from "@prune/runtime-ort";
import type { TfjsModel } from "@prune/tfjs";
import { recoverTfjsModel } from "@prune/tfjs/recovery";
import * as tf from "@tensorflow/tfjs-core";
import { WorkflowError } from "../errors.js";
import type { Recovered, RecoverHow, Smaller } from "../format.js";
import type { Job } from "../progress.js";
import type { RecoveryJobReport } from "../reports/recovery-report.js";
import { checkRecoverable } from "../samples/check-recoverable.js";
import { type Drawn, drawSamples, type StoredSamples, samplesToDraw } from "../samples/draw-samples.js";
import { rangesOf } from "../samples/ranges.js";
import type { Store } from "../store/store.js";
import { type Output, runnerOf } from "./run.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";
import { inBestBackend, type TfjsRuntime } from "./tfjs-runtime.js";

interface By {
  readonly runtime: TfjsRuntime;
  readonly store: Store;
}

/** Numbers that all samples, and those of one batch, have at most: they lie in the runtime's memory. */
const mostNumbers = { all: 2 ** 26, batch: 2 ** 21 };

/** Draws samples that a model can be refitted on. */
export async function drawToRecover(...given: Parameters<typeof drawFor>): Promise<Drawn> {
  const found = await drawFor(...given);
  checkRecoverable(found);
  return found;
}

/** Draws samples for a model: fewer of large ones, if options don't say how many. */
export async function drawFor(
  model: TfjsModel,
  trace: Trace,
  files: StoredSamples,
  seed: number,
  { runtime, store }: By,
): Promise<Drawn> {
  const runner = await runnerOf(model, runtime, trace);
  const inputs = inputsOf(runner);
  runner.dispose();
  const each = inputs.reduce(
    (sum, { shape = [] }) => sum + shape.slice(1).reduce<number>((n, size) => n * Number(size ?? 1), 1),
    0,
  );
  const atMost = (numbers: number): number => Math.max(1, Math.floor(numbers / each));
  return drawSamples(store, files, inputs, {
    seed,
    most: Math.min(samplesToDraw, atMost(mostNumbers.all)),
    batch: atMost(mostNumbers.batch),
  });
}

/** Refits a smaller model to the original, and checks that the result answers in the same form. */
export async function recoverChecked(
  pruned: Smaller<TfjsModel>,
  { batches }: Drawn,
  { methods: { methods, moments: reestimate }, seed, labels }: RecoverHow,
  { runtime, job }: { readonly runtime: TfjsRuntime; readonly job: Job },
): Promise<Recovered<TfjsModel>> {
  const runner = await runnerOf(pruned.original, runtime);
  const inputs: readonly Input[] = inputsOf(runner);
  runner.dispose();
  const samples = batches.map((feeds) => ({ xs: feedTensors(inputs, feeds) }));
  const [first = { xs: [] }] = samples;
  try {
    const before = await inBestBackend(runtime, () => answersOf(pruned.original, first.xs, runtime));
    const isClasses = before[0]?.shape.length === 2;
    const { model, report } = await recoverTfjsModel(pruned, samples, {
      load: runtime.loadGraphModel,
      seed,
      ...(methods && { methods }),
      ...(reestimate !== undefined && { moments: reestimate }),
      ...(isClasses && labels && { labels }),
      ...(job.signal && { signal: job.signal }),
      onProgress: (done, total) => job.report({ step: "recover", done, total }),
    });
    const after = await answersOf(model, first.xs, runtime);
    if (formOf(after) !== formOf(before)) throw new WorkflowError("other-form", {});
    const { moments: layers, ...others } = report;
    const recovery: RecoveryJobReport = {
      seed,
      runtime: "TensorFlow.js",
      inputs: rangesOf(batches),
      ...others,
      ...(layers && { moments: { norms: [], ...layers } }),
    };
    return { model, recovery };
  } finally {
    tf.dispose(samples.map(({ xs }) => xs));
  }
}

async function answersOf(
  model: TfjsModel,
  xs: tf.Tensor[],
  runtime: TfjsRuntime,
): Promise<readonly Output[]> {
  const runner = await runnerOf(model, runtime);
  try {
    return await runner.run(xs);
  } finally {
    runner.dispose();
  }
}

const formOf = (outputs: readonly Output[]): string => JSON.stringify(outputs.map(({ shape }) => shape));
