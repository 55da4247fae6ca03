import type { Cut } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { judgeOn } from "@prune/onnx-recovery/advanced";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import type { LivingOf } from "@prune/runtime-ort/advanced";
import type { FileJudge, Judge } from "../format.js";
import type { Job } from "../progress.js";
import { bytesIn, type Drawn, drawSamples, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { classLabels } from "./recover.js";

/** Judges models in memory beside one, on samples that it answers once. */
export async function judgeBeside(
  teacher: Model,
  { batches, labels }: Pick<Drawn, "batches" | "labels">,
  {
    runtime,
    job: { signal },
    livingAfter,
  }: Pick<How, "runtime" | "job"> & {
    readonly livingAfter: (cut: Cut) => LivingOf;
  },
): Promise<Judge<Model>> {
  const beside = await judgeOn(teacher, batches, labels, { runtime, ...(signal && { signal }) });
  return { of: (model, cut) => beside(model, signal, cut && livingAfter(cut)) };
}

interface How {
  readonly seed: number;
  readonly runtime: OrtRuntime;
  readonly store: Store;
  readonly job: Job;
  /** Reads a model of the store. */
  readonly read: (path: string) => Promise<Model>;
}

/** Judges models of a store beside one, on samples that are drawn and answered once. */
export async function judgeFilesBeside(
  teacher: Model,
  files: StoredSamples,
  { seed, runtime, store, job: { signal }, read }: How,
): Promise<FileJudge> {
  const { batches, labels } = await drawSamples(store, files, inputsOf(teacher.graph), { seed });
  const how = { runtime, ...(signal && { signal }) };
  const beside = await judgeOn(teacher, batches, classLabels(teacher, labels), how);
  return {
    bytes: bytesIn(batches),
    of: async (smaller, job) => beside(await read(smaller), job.signal),
  };
}
