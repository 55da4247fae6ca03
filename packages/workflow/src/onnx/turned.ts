import type { Trace } from "@prune/graph";
import type { Model, OnnxBackend } from "@prune/onnx";
import { streamBasis } from "@prune/onnx-recovery/advanced";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import { type Source, toleranceOf } from "@prune/runtime-ort/advanced";
import { WorkflowError } from "../errors.js";
import type { Job } from "../progress.js";
import type { BasisReport } from "../reports/basis-report.js";
import { drawSamples, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { checkLaw } from "./law.js";
import { editedModel, inFileOf } from "./recover.js";

/** Samples that directions are of. */
const samplesToTurn = 256;

interface Subject {
  readonly model: Model;
  readonly trace: Trace;
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
  readonly original: Source;
}

/** A model whose streams are in their principal directions, compared with the original; undefined if it has none to turn. */
export async function turnedModel(
  { model, trace, backend, runtime, original }: Subject,
  files: StoredSamples,
  { seed }: { readonly seed: number },
  { store, job, sourceOf }: { readonly store: Store; readonly job: Job; sourceOf(model: Model): Source },
): Promise<{ readonly model: Model; readonly basis: BasisReport } | undefined> {
  let now = { model, trace };
  const widths: number[] = [];
  const { batches } = await drawSamples(store, files, inputsOf(model.graph), { seed, most: samplesToTurn });
  for (const { width } of backend.streams(model, trace)) {
    const stream = backend.streams(now.model, now.trace).find((one) => one.width === width);
    if (!stream) continue;
    const basis = await streamBasis(now.model, stream, batches, { seed, runtime, signal: job.signal });
    const turned = editedModel(now.model, backend.rotated(now.model, now.trace, stream, basis));
    now = { model: turned, trace: backend.trace(turned) };
    widths.push(width);
  }
  if (widths.length === 0) return undefined;
  const law = await checkLaw(
    { original, masked: original, cut: sourceOf(now.model) },
    { method: "gated", tolerance: toleranceOf(model), runtime, job },
  );
  if (!law.holds) throw new WorkflowError("lossy", { error: law.error, tolerance: law.tolerance });
  return { model: inFileOf(model, now.model), basis: { widths, error: law.error } };
}
