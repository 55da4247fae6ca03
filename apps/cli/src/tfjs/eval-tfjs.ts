import { type AccuracyOptions, accuracyOf, type Input, type ValuesByName } from "@prune/runtime-ort";
import * as tf from "@tensorflow/tfjs-core";
import type { Evaluated } from "../commands/eval.js";
import { openData, type SampleFiles } from "../samples.js";
import { openTfjs, useBackend } from "./open-tfjs.js";
import { type Runner, runnerOf } from "./run-tfjs.js";
import { feedTensors, inputsOf } from "./sample-tensors.js";

/** Accuracy of a TensorFlow.js model: in wasm, or where that lacks a kernel on the cpu. */
export async function evaluateTfjs(
  path: string,
  files: SampleFiles,
  options: AccuracyOptions,
): Promise<Evaluated> {
  const { model, trace } = await openTfjs(path);
  const runner = await runnerOf(model, trace);
  const inputs = inputsOf(runner);
  const samples = await openData(files, inputs);
  const on = async (backend: "cpu" | "wasm"): Promise<Evaluated> => {
    await useBackend(backend);
    return { ...(await accuracyOf((feeds) => answered(runner, inputs, feeds), samples, options)), samples };
  };
  try {
    return await on("wasm").catch((error: Error) => {
      if (!/kernel/i.test(error.message)) throw error;
      return on("cpu");
    });
  } finally {
    runner.dispose();
  }
}

async function answered(
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
