import type { Cut, Importance, Probe, Trace } from "@prune/graph";
import { type Model, modelToBytes, type OnnxBackend, readModel } from "@prune/onnx";
import { zeroParameters } from "@prune/onnx/advanced";
import { activationProbe, collectStatistics } from "@prune/onnx-recovery";
import type { OrtRuntime, ValuesByName } from "@prune/runtime-ort";
import type { Job } from "../progress.js";

interface Sampled {
  readonly importance: Importance;
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly trace: Trace;
  readonly batches: readonly ValuesByName[];
  readonly runtime: OrtRuntime;
  readonly job: Job;
}

/** Shows a criterion what samples make of the model; once units have left, of the model with their weights at zero. */
export function activationProbes({
  importance: { needs },
  model,
  backend,
  trace,
  batches,
  runtime,
  job,
}: Sampled): (cut: Cut) => Promise<Probe> {
  let whole: Promise<Probe> | undefined;
  const probe = async (cut: Cut): Promise<Probe> => {
    const removed = backend.removals(model, trace, cut).filter(({ computed }) => !computed);
    const seen = removed.length > 0 ? zeroed(model, removed) : model;
    const statistics = await collectStatistics(seen, batches, {
      ...(!needs.includes("covariances") && { maxInputs: 0 }),
      onProgress: (done, total) => job.report({ step: "activations", done, total }),
      runtime,
      ...(job.signal && { signal: job.signal }),
    });
    return activationProbe(backend.probe(model, trace), statistics);
  };
  return (cut) => {
    if (!cut.isEmpty) return probe(cut);
    whole ??= probe(cut);
    return whole;
  };
}

const zeroed = (model: Model, removed: Parameters<typeof zeroParameters>[1]): Model =>
  readModel(
    modelToBytes(model, zeroParameters(model, removed)),
    model.external && { external: model.external },
  );
