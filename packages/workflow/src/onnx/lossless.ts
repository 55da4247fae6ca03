import type { SizesByName } from "@prune/graph";
import { lossless, type Model, noEdit, type OnnxBackend } from "@prune/onnx";
import { type OrtRuntime, RuntimeError } from "@prune/runtime-ort";
import { type Source, toleranceOf, withEdited } from "@prune/runtime-ort/advanced";
import { WorkflowError } from "../errors.js";
import type { Job } from "../progress.js";
import type { Equality, LosslessPart } from "../reports/lossless-report.js";
import { checkLaw } from "./law.js";

interface Whole {
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
  readonly original: Source;
  readonly sizes: SizesByName;
}

interface Removed {
  readonly model: Model;
  readonly part: LosslessPart;
}

/** Weights that are zero in effect first; where that shows in the outputs, only those that are zero. */
export async function withoutUseless(whole: Whole, verify: boolean, job: Job): Promise<Removed> {
  const { model, backend } = whole;
  const halves = toleranceOf(model) > 1e-4;
  const tolerance = halves ? toleranceOf(model) : 1e-5;
  let error = 0;
  for (const negligible of verify ? [1e-6, 0] : [0]) {
    await job.begin("lossless");
    const found = lossless(model, backend, { negligible });
    const done = (equal: Pick<LosslessPart, "equal" | "unverified">): Removed => ({
      model: found.model,
      part: { ...found.report, ...equal },
    });
    if (!verify) return done({ equal: null, unverified: "not asked for (--no-verify)" });
    await job.begin("equal");
    const checked = await compared(whole, found.model, tolerance, job);
    if (checked.holds) return done({ equal: checked.equal });
    error = checked.equal.error;
  }
  throw new WorkflowError("lossy", { error, tolerance });
}

interface Compared {
  readonly equal: Equality;
  readonly holds: boolean;
}

async function compared(
  { original, runtime, sizes }: Whole,
  model: Model,
  tolerance: number,
  job: Job,
): Promise<Compared> {
  try {
    const { holds, seeds, error, noise } = await withEdited(
      model,
      noEdit,
      (cut) =>
        checkLaw({ original, masked: original, cut }, { method: "gated", tolerance, runtime, sizes, job }),
      { runtime },
    );
    return { holds, equal: { seeds, error, tolerance, ...(noise !== undefined && { noise }) } };
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
    throw new WorkflowError("unverified", { why: error.message }, { cause: error });
  }
}
