import type { Model, OnnxBackend } from "@prune/onnx";
import type { LearnScores } from "@prune/pruner/advanced";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import type { GatesHow } from "../format.js";
import type { Job } from "../progress.js";
import { openData } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { sessionOptions } from "./session-options.js";
import { someOf } from "./some-of.js";

/** Samples that gates are learned from if options don't say. */
const usual = 512;

/** What learns gates of a model's units on samples of a store; the packages that do it are loaded only now. */
export async function gatesOn(
  { model, backend }: { readonly model: Model; readonly backend: OnnxBackend },
  { samples: files, time, trace, seed, threads }: GatesHow,
  { runtime, store, job }: { readonly runtime: OrtRuntime; readonly store: Store; readonly job: Job },
): Promise<LearnScores> {
  const { gateLearner } = await import("@prune/training");
  const all = await openData(store, files, inputsOf(model.graph));
  const data = someOf(all, files.most ?? usual, seed);
  return gateLearner(model, trace, {
    backend,
    ort: await runtime.load(),
    data,
    ...time,
    seed,
    ...(job.signal && { signal: job.signal }),
    session: sessionOptions(runtime, threads),
    onProgress: ({ step, done, loss, heldOut }) =>
      job.report({
        step: "gates",
        done: Math.round(1000 * done),
        total: 1000,
        detail: `step ${step}, loss ${loss.toFixed(4)}${heldOut === undefined ? "" : `, held out ${heldOut.toFixed(4)}`}`,
      }),
  });
}
