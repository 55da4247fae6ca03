import type { Trace } from "@prune/graph";
import { compareAnswers, judgementOf } from "@prune/recovery/advanced";
import type { Input, ValuesByName } from "@prune/runtime-ort";
import { isGraphModel, type TfjsModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { FileJudge } from "../format.js";
import type { Job } from "../progress.js";
import { bytesIn, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import type { Subject } from "./evaluate.js";
import { drawFor } from "./recover.js";
import { type Runner, runnerOf } from "./run.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";
import { inBestBackend } from "./tfjs-runtime.js";

interface How {
  readonly seed: number;
  readonly store: Store;
  readonly job: Job;
  /** Reads a model of the store. */
  readonly read: (path: string) => Promise<TfjsModel>;
}

/** Judges smaller models of the store beside this one by the first output, on samples that it answers once. */
export async function judging(
  { model, trace, runtime }: Subject & { readonly trace: Trace },
  files: StoredSamples,
  { seed, store, job, read }: How,
): Promise<FileJudge> {
  const { batches, labels } = await drawFor(model, trace, files, seed, { runtime, store });
  const sizes = batches.map((feeds) => Object.values(feeds)[0]?.dims[0] ?? 1);
  const original = await runnerOf(model, runtime, trace);
  const inputs = inputsOf(original);
  const answers = async (runner: Runner, { signal }: Job): Promise<readonly Answer[]> => {
    const place = inOrderOf(original, runner);
    const own = runner.inputs.map((_, i) => inputs[place(i)] as Input);
    try {
      return await inBestBackend(runtime, () => answersOf(runner, own, batches, signal));
    } finally {
      runner.dispose();
    }
  };
  const dense = await answers(original, job);
  return {
    bytes: bytesIn(batches),
    async of(path, own) {
      const smaller = await read(path);
      try {
        const found = await answers(await runnerOf(smaller, runtime, trace), own);
        return judgementOf(await compareAnswers(dense, found, sizes), labels);
      } finally {
        if (!isGraphModel(smaller)) smaller.dispose();
      }
    },
  };
}

/**
 * Which input of a model an input of a smaller one is: that of the same name, or at the same place, as a LayersModel that
 * is read again may call them otherwise.
 */
export const inOrderOf =
  (original: Pick<Runner, "inputs">, smaller: Pick<Runner, "inputs">): ((place: number) => number) =>
  (place) => {
    const found = original.inputs.findIndex(({ name }) => name === smaller.inputs[place]?.name);
    return found < 0 ? place : found;
  };

type Answer = readonly [
  { readonly name: string; readonly values: ArrayLike<number>; readonly dims: readonly number[] },
];

/** The first output for each batch. */
async function answersOf(
  runner: Runner,
  inputs: readonly Input[],
  batches: readonly ValuesByName[],
  signal: AbortSignal | undefined,
): Promise<readonly Answer[]> {
  const found: Answer[] = [];
  for (const feeds of batches) {
    signal?.throwIfAborted();
    const tensors = feedTensors(inputs, feeds);
    const [first] = await runner.run(tensors).finally(() => tf.dispose(tensors));
    if (first) found.push([{ name: "0", values: first.data, dims: first.shape }]);
  }
  return found;
}
