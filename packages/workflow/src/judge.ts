import type { ModelSource, Workflow } from "./calls.js";
import { badOption } from "./errors.js";
import type { Judgement } from "./format.js";
import { type JobOptions, openJob } from "./progress.js";
import type { SampleFiles } from "./samples/draw-samples.js";

export interface JudgeOptions extends JobOptions {
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
}

/**
 * How often a smaller model of the store answers as the original does on samples, and how often it is right where they
 * have labels.
 * @throws {WorkflowError} "bad-option" where the format can't compare models on samples.
 */
export async function judge(
  workflow: Workflow,
  source: ModelSource,
  smaller: string,
  samples: SampleFiles,
  { seed = 0, ...how }: JudgeOptions = {},
): Promise<Judgement> {
  const opened = await workflow.open(source, how);
  if (!opened.judgeFile)
    throw badOption("data", "models can be compared on samples where they are ONNX models");
  const job = openJob(how);
  await job.begin("judge");
  return opened.judgeFile(smaller, samples, { seed }, workflow.store, job);
}
