import type { SizesByName } from "@prune/graph";
import { type GraphEdit, type Model, type OnnxBackend, OnnxError } from "@prune/onnx";
import { type OrtRuntime, RuntimeError } from "@prune/runtime-ort";
import { type Source, toleranceOf } from "@prune/runtime-ort/advanced";
import { WorkflowError } from "../errors.js";
import type { Cutting } from "../format.js";
import type { Job } from "../progress.js";
import type { Checked } from "../reports/law-report.js";
import { checkLaw } from "./law.js";

interface Verifying {
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
  readonly sizes: SizesByName;
  readonly original: Source;
}

/** Checks the law on the bytes that are about to be written; throws when it is broken or can't be checked. */
export async function verified(
  { model, backend, runtime, sizes, original }: Verifying,
  { trace, cut, edit, seconds: limit, memory }: Cutting<GraphEdit>,
  job: Job,
): Promise<Checked> {
  try {
    const law = await checkLaw(
      {
        original,
        masked: { model, edit: backend.mask(model, trace, cut) },
        cut: { model, edit },
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
      },
      { method: "gated", tolerance: toleranceOf(model), runtime, sizes, job, limit, memory },
    );
    const { error, tolerance, jumps } = law;
    if (!law.holds) throw new WorkflowError("law-broken", { error, tolerance, jumps });
    return { law };
  } catch (error) {
    if (error instanceof RuntimeError || OnnxError.is(error, "unmaskable"))
      throw new WorkflowError("unverified", { why: error.message }, { cause: error });
    throw error;
  }
}
