import type { SweepMeasure } from "../plan/measure.js";
import type { CandidateOptions } from "../plan/plan.js";
import { codeVersion } from "./code.js";
import type { Versions } from "./job.js";
import { moduleOf, versionOfPlugin } from "./plugins.js";

/** What this machine would run a job with. */
export async function versionsFor(
  {
    model,
    options,
    measure,
  }: {
    readonly model: string;
    readonly options: CandidateOptions;
    readonly measure: readonly SweepMeasure[];
  },
  allowed: readonly string[],
): Promise<Versions> {
  const module = moduleOf(options.importance);
  return {
    sweep: codeVersion(),
    runtime: await runtimeOf(model),
    // What gzip makes of the same bytes depends on it.
    ...(measure.includes("gzip") && { zlib: process.versions.zlib }),
    ...(module !== undefined && { plugins: { [module]: versionOfPlugin(module, allowed) } }),
  };
}

/** The runtime of a model, with its version. */
export async function runtimeOf(model: string): Promise<string> {
  if (model.toLowerCase().endsWith(".json")) {
    const { version_core: version } = await import("@tensorflow/tfjs-core");
    return `TensorFlow.js ${version}`;
  }
  // onnxruntime 1.29 and later write a device id into the home folder unless this is set before it loads.
  process.env.ORT_DISABLE_TELEMETRY ??= "1";
  const { env } = await import("onnxruntime-node");
  return `onnxruntime ${env.versions.node ?? env.versions.common}`;
}
