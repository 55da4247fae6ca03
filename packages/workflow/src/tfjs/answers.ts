import type { SampleAnswer } from "../format.js";
import { openData, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { answered, type Subject } from "./evaluate.js";
import { runnerOf } from "./run.js";
import { inputsOf } from "./sample-tensors.js";
import { inBestBackend } from "./tfjs-runtime.js";

/** What a model answers to the first samples, one run each. */
export async function answersOf(
  { model, trace, runtime }: Subject,
  { most = 1, ...files }: StoredSamples,
  store: Store,
): Promise<SampleAnswer[]> {
  const runner = await runnerOf(model, runtime, trace);
  const inputs = inputsOf(runner);
  const samples = await openData(store, files, inputs);
  try {
    return await inBestBackend(runtime, async () => {
      const answers: SampleAnswer[] = [];
      for (let place = 0; place < Math.min(most, samples.count); place++) {
        const { feeds } = await samples.read([place]);
        const outputs = await answered(runner, inputs, feeds);
        answers.push({ feeds, outputs, label: samples.labels?.[place] });
      }
      return answers;
    });
  } finally {
    runner.dispose();
  }
}
