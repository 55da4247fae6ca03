import type { Cut, Trace } from "@prune/graph";
import type { Input } from "@prune/runtime-ort";
import type { TfjsModel } from "@prune/tfjs";
import { recoverModel } from "@prune/tfjs/recovery";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { CliError } from "../errors.js";
import { layersDone } from "../layers-done.js";
import { rangesOf } from "../ranges.js";
import { checkRecoverable, type RecoverOptions } from "../recover-file.js";
import type { Told } from "../recovery-text.js";
import { type Drawn, drawSamples, type SampleFiles, samplesToDraw } from "../samples.js";
import { useBackend } from "./open-tfjs.js";
import { type Output, runnerOf } from "./run-tfjs.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";

/** Samples to recover on, and what they feed. */
export interface DrawnInputs extends Drawn {
  readonly inputs: readonly Input[];
}

/** Numbers that all samples, and those of one batch, have at most: they lie in the runtime's memory. */
const mostNumbers = { all: 2 ** 26, batch: 2 ** 21 };

/** Draws samples for a model: fewer of large ones, where the command line doesn't say how many. */
export async function drawToRecover(
  model: TfjsModel,
  trace: Trace,
  files: SampleFiles,
  seed: number,
): Promise<DrawnInputs> {
  const runner = await runnerOf(model, trace);
  const inputs = inputsOf(runner);
  runner.dispose();
  const each = inputs.reduce(
    (sum, { shape = [] }) => sum + shape.slice(1).reduce<number>((n, size) => n * Number(size ?? 1), 1),
    0,
  );
  const atMost = (numbers: number): number => Math.max(1, Math.floor(numbers / each));
  const drawn = await drawSamples(files, inputs, {
    seed,
    most: Math.min(samplesToDraw, atMost(mostNumbers.all)),
    batch: atMost(mostNumbers.batch),
  });
  checkRecoverable(drawn);
  return { ...drawn, inputs };
}

interface Pruned {
  readonly original: TfjsModel;
  readonly smaller: TfjsModel;
  readonly cut: Cut;
}

/** Refits a smaller model to the original, and checks that the result answers in the same form. */
export async function recoverTfjs(
  pruned: Pruned,
  { inputs, batches, labels }: DrawnInputs,
  { seed, onProgress, methods, moments }: RecoverOptions,
): Promise<{ readonly model: TfjsModel; readonly recovery: Told }> {
  onProgress("recovering");
  const samples = batches.map((feeds) => ({ xs: feedTensors(inputs, feeds) }));
  const [first = { xs: [] }] = samples;
  try {
    const before = await firstAnswers(pruned.original, first.xs);
    const isClasses = before[0]?.shape.length === 2;
    const { model, report } = await recoverModel(pruned, samples, {
      load: loadGraphModel,
      seed,
      ...(methods && { methods }),
      ...(moments !== undefined && { moments }),
      ...(isClasses && labels && { labels }),
      onProgress: layersDone(onProgress),
    });
    const after = await answersOf(model, first.xs);
    if (formOf(after) !== formOf(before)) throw new CliError("other-form", {});
    const { moments: layers, ...told } = report;
    const reestimated = layers && { moments: { norms: [], ...layers } };
    const recovery: Told = {
      seed,
      runtime: "TensorFlow.js",
      inputs: rangesOf(batches),
      ...told,
      ...reestimated,
    };
    return { model, recovery };
  } finally {
    tf.dispose(samples.map(({ xs }) => xs));
  }
}

/** What the original answers, in wasm, or where that lacks a kernel on the cpu, which has them all. */
async function firstAnswers(model: TfjsModel, xs: tf.Tensor[]): Promise<readonly Output[]> {
  await useBackend("wasm");
  return answersOf(model, xs).catch(async (error: Error) => {
    if (!/kernel/i.test(error.message)) throw error;
    await useBackend("cpu");
    return answersOf(model, xs);
  });
}

async function answersOf(model: TfjsModel, xs: tf.Tensor[]): Promise<readonly Output[]> {
  const runner = await runnerOf(model);
  try {
    return await runner.run(xs);
  } finally {
    runner.dispose();
  }
}

const formOf = (outputs: readonly Output[]): string => JSON.stringify(outputs.map(({ shape }) => shape));
