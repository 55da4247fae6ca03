import type { SizesByName } from "@prune/graph";
import { judge, checkLaw as measureLaw, type OrtRuntime } from "@prune/runtime-ort";
import type { LawModels, Source } from "@prune/runtime-ort/advanced";
import type { Job } from "../progress.js";
import type { LawReport, Masking } from "../reports/law-report.js";
import type { Drawn } from "../samples/draw-samples.js";

interface How {
  readonly runtime: OrtRuntime;
  readonly job: Job;
  readonly method: Masking;
  readonly tolerance: number;
  /** @default 3 */
  readonly seeds?: number;
  /** Seconds that it may take altogether; undefined: about 60, with one input whatever it takes. */
  readonly limit?: number | undefined;
  /** Bytes of memory that it may take; undefined: half of what is free. */
  readonly memory?: number | undefined;
  /** Sizes of open dims, by name, for random inputs. */
  readonly sizes?: SizesByName | undefined;
  /** Samples to run on, in place of random inputs. */
  readonly samples?: Pick<Drawn, "batches" | "count"> | undefined;
}

/** Runs the original, the masked and the cut ONNX model on the same inputs in onnxruntime, and judges. */
export async function checkLaw(
  models: LawModels & { readonly original: Source },
  {
    method,
    tolerance,
    runtime,
    job,
    samples,
    limit,
    memory,
    sizes,
    seeds = samples?.batches.length ?? 3,
  }: How,
): Promise<LawReport> {
  const law = await measureLaw(models, {
    seeds,
    limit,
    memory,
    sizes,
    feeds: samples?.batches,
    noiseAbove: tolerance,
    runtime,
    signal: job.signal,
    onProgress: (detail) => job.report({ step: "law", detail }),
  });
  const { error, noise, anchors, jumps, sameForm, moved } = law;
  const { name = "onnxruntime-node" } = runtime;
  return {
    method,
    ...(name !== "onnxruntime-node" && { runtime: name }),
    seeds: law.seeds,
    ...(law.steps > 0 && { steps: law.steps }),
    ...(law.stretches !== undefined && { stretches: law.stretches }),
    ...(samples && { samples: samples.count }),
    error,
    tolerance,
    ...(noise !== undefined && { noise }),
    ...(anchors !== undefined && { anchors }),
    ...(jumps && { jumps }),
    sameForm,
    moved,
    ...judge(law, tolerance),
  };
}
