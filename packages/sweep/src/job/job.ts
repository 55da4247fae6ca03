import { PruneError } from "@prune/errors";
import { SweepError } from "../errors.js";
import { checkOptions, checkTokenizer } from "../plan/check-plan.js";
import type { SweepMeasure } from "../plan/measure.js";
import type { CandidateOptions, JudgeSamples } from "../plan/plan.js";
import { hashOf, isSha256 } from "./canonical.js";

/** Files by the sha256 of the list of them, and which of them is meant: "" is the folder of all. */
export interface TreeRef {
  readonly tree: string;
  readonly main: string;
}

/** What a job reads. Where options say a path, the tree of that name takes its place. */
export interface JobInputs {
  readonly model: TreeRef;
  readonly data?: TreeRef;
  readonly labels?: TreeRef;
  readonly allocation?: TreeRef;
  readonly judgeData?: TreeRef;
  readonly judgeLabels?: TreeRef;
}

/** What results depend on besides the inputs. */
export interface Versions {
  /** The code: its version, with a hash of it where it was never released. */
  readonly sweep: string;
  readonly runtime: string;
  readonly zlib?: string;
  /** Criteria from modules: name and version. */
  readonly plugins?: Readonly<Record<string, string>>;
}

/** One candidate as a worker gets it: data alone, everything that it reads by hash. */
export interface Job {
  readonly format: "prune-job/1";
  readonly inputs: JobInputs;
  readonly options: CandidateOptions;
  readonly judge?: Pick<JudgeSamples, "dataConfig" | "labels" | "samples" | "seed">;
  readonly measure: readonly SweepMeasure[];
  /** Seconds after which it is given up. */
  readonly seconds?: number;
  readonly versions: Versions;
}

/** What a job is called: the sha256 of all that its result depends on. */
export const nameOfJob = (job: Job): string => hashOf(job);

/** All trees that a job reads. */
export const refsOf = ({ inputs }: Job): readonly TreeRef[] => Object.values(inputs);

/** Checks the form of what a queue gives. */
export function checkJob(value: unknown, name: string): Job {
  const job = value as Job;
  const refuse = (why: string): never => {
    throw new SweepError("bad-job", { why });
  };
  if (typeof job !== "object" || job === null || job.format !== "prune-job/1")
    return refuse('it is no "prune-job/1"');
  const refs = Object.entries(job.inputs ?? {});
  if (!job.inputs?.model) return refuse("it names no model");
  for (const [input, ref] of refs)
    if (!isSha256(ref?.tree) || typeof ref.main !== "string")
      return refuse(`its ${input} is not named by a sha256`);
  if (typeof job.options !== "object" || !Array.isArray(job.measure))
    return refuse("it has no options or measures");
  checkReads(job);
  const found = nameOfJob(job);
  if (found !== name) throw new SweepError("wrong-hash", { what: "The job", wanted: name, found });
  return job;
}

/**
 * Refuses options that no plan may hold, as a queue has jobs of whoever can write to it, and paths in them: what a job
 * reads is named by hash among its inputs.
 */
function checkReads({ options, judge }: Job): void {
  const bad = (why: string): SweepError => new SweepError("bad-job", { why });
  const { dataConfig, ...others } = options;
  const { dataConfig: judgedConfig, labels, samples, seed, ...unknown } = judge ?? {};
  const [other] = Object.keys(unknown);
  if (other !== undefined) throw bad(`there is no "${other}" in how it is judged`);
  const judged = Object.entries({ labels, samples, seed }).filter(([, value]) => value !== undefined);
  try {
    checkOptions(others, "options");
    checkOptions(Object.fromEntries(judged), "judge");
    // What else a file of them may hold is checked by who reads samples.
    checkTokenizer(dataConfig, "options.dataConfig");
    checkTokenizer(judgedConfig, "judge.dataConfig");
  } catch (error) {
    if (!PruneError.is(error, "bad-plan")) throw error;
    throw bad(error.message.replace(/\.$/, ""));
  }
  const paths = {
    "options.data": options.data,
    "options.dataConfig": dataConfig,
    "options.allocation": options.allocation === "sensitivity" ? undefined : options.allocation,
    "judge.dataConfig": judgedConfig,
  };
  for (const [at, value] of Object.entries(paths))
    if (typeof value === "string") throw bad(`${at} is a path, and files are named by their sha256`);
}
