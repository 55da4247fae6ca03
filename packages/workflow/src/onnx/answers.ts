import type { Model } from "@prune/onnx";
import { inputsOf, type OrtRuntime, run } from "@prune/runtime-ort";
import { sessionOf } from "@prune/runtime-ort/advanced";
import type { SampleAnswer } from "../format.js";
import { openData, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";

/** What a model answers to the first samples, one run each. */
export async function answersOf(
  model: Model,
  { most = 1, ...files }: StoredSamples,
  { runtime, store }: { readonly runtime: OrtRuntime; readonly store: Store },
): Promise<SampleAnswer[]> {
  const samples = await openData(store, files, inputsOf(model.graph));
  const session = await sessionOf(model, { runtime });
  try {
    const answers: SampleAnswer[] = [];
    for (let place = 0; place < Math.min(most, samples.count); place++) {
      const { feeds } = await samples.read([place]);
      answers.push({ feeds, outputs: await run(session, feeds), label: samples.labels?.[place] });
    }
    return answers;
  } finally {
    await session.release();
  }
}
