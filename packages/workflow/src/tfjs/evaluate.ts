import type { Input, ValuesByName } from "@prune/runtime-ort";
import type { TfjsModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { Evaluated } from "../evaluate.js";
import type { EvaluateHow } from "../format.js";
import type { Job } from "../progress.js";
import { openData, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { type Runner, runnerOf } from "./run.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";
import { inBestBackend, type TfjsRuntime } from "./tfjs-runtime.js";

/** A model to run, with what its trace knows of shapes. */
export interface Subject {
  readonly model: TfjsModel;
  readonly trace: Parameters<typeof runnerOf>[2];
  readonly runtime: TfjsRuntime;
}

/** Accuracy of a TensorFlow.js model. */
export async function evaluated(
  { model, trace, runtime }: Subject,
  files: StoredSamples,
  { batch }: EvaluateHow,
  store: Store,
  job: Job,
): Promise<Evaluated> {
  // What counts right answers is the same in all runtimes, and lies with ONNX Runtime's.
  const { accuracyOf } = await import("@prune/runtime-ort/advanced");
  const runner = await runnerOf(model, runtime, trace);
  const inputs = inputsOf(runner);
  const samples = await openData(store, files, inputs);
  const onProgress = (done: number, total: number): void => job.report({ step: "evaluate", done, total });
  try {
    return await inBestBackend(runtime, async () => ({
      ...(await accuracyOf((feeds) => answered(runner, inputs, feeds), samples, { batch, onProgress })),
      samples,
    }));
  } finally {
    runner.dispose();
  }
}

/** Outputs by their number. */
export async function answered(
  runner: Runner,
  inputs: readonly Input[],
  feeds: ValuesByName,
): Promise<ValuesByName> {
  const tensors = feedTensors(inputs, feeds);
  const outputs = await runner.run(tensors);
  tf.dispose(tensors);
  const values = outputs.map(({ shape, data }, i) => [
    String(i),
    { type: "float32", dims: shape, data: Float32Array.from(data) },
  ]);
  return Object.fromEntries(values) as ValuesByName;
}
