import type { ModelSource, Workflow } from "./calls.js";
import { badOption } from "./errors.js";
import type { FileJudge, JudgedSamples } from "./format.js";
import { type JobOptions, openJob } from "./progress.js";
import type { StoredSamples } from "./samples/draw-samples.js";

/** The seed and the usual options of a job that judges models on samples. */
export interface JudgeOptions extends JobOptions {
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
}

/** Judges smaller models beside one original: samples are drawn, and answered by it, once for all of them. */
export interface OpenJudge extends Pick<FileJudge, "bytes"> {
  /** How often a model of the store answers as the original does, and is right where samples have labels. */
  of(smaller: string, how?: JobOptions): Promise<JudgedSamples>;
}

/**
 * Opens what judges smaller models of the store beside the original on samples.
 * @throws {WorkflowError} "bad-option" where the format can't compare models on samples.
 */
export async function openJudge(
  workflow: Workflow,
  source: ModelSource,
  samples: StoredSamples,
  { seed = 0, ...how }: JudgeOptions = {},
): Promise<OpenJudge> {
  const opened = await workflow.open(source, how);
  if (!opened.judging) throw badOption("data", "models of this format can't be compared on samples");
  const job = openJob(how);
  await job.begin("judge");
  const { bytes, of } = await opened.judging(samples, { seed }, workflow.store, job);
  return {
    bytes,
    async of(smaller, own = {}) {
      const job = openJob(own);
      await job.begin("judge");
      return of(smaller, job);
    },
  };
}
