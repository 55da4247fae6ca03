import type { Probe } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import { badOption } from "../errors.js";
import type { Job } from "../progress.js";
import { openData, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { sessionOptions } from "./session-options.js";

/** Samples that are looked at if options don't say: each runs forward and back. */
const usual = 256;

interface Seen {
  readonly see: readonly ("gradients" | "curvature")[];
  readonly samples: StoredSamples;
  readonly seed: number;
}

/** What a loss makes of a model's weights on samples of a store: what `taylor`, `fisher` and `obd` score by. */
export async function gradientsOf(
  model: Model,
  probe: Probe,
  { see, samples: files, seed }: Seen,
  { store, runtime, job }: { readonly store: Store; readonly runtime: OrtRuntime; readonly job: Job },
): Promise<Probe> {
  const { gradientProbe } = await import("@prune/training");
  const data = await openData(store, files, inputsOf(model.graph));
  if (see.includes("gradients") && !data.labels)
    throw badOption("data", "gradients of a loss need classes; add {labels}, or score by {importance: obd}");
  return gradientProbe(model, probe, {
    see,
    ort: await runtime.load(),
    data,
    samples: files.most ?? usual,
    seed,
    session: sessionOptions(runtime),
    ...(job.signal && { signal: job.signal }),
    onProgress: (done, total) => job.report({ step: "activations", done, total }),
  });
}
