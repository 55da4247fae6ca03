import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Cost, macsOf } from "@prune/graph";
import type { JobProgress, Workflow } from "@prune/workflow";
import { type JudgedSamples, openJudge, type StoredSamples } from "@prune/workflow/advanced";
import { waitForLock } from "../engine/lock.js";
import { SweepError } from "../errors.js";
import type { PlacedTree } from "../files/tree.js";
import type { Measures } from "../search/rank.js";
import { canonical } from "./canonical.js";
import type { Job, TreeRef } from "./job.js";
import type { Kept } from "./kept.js";
import type { TimedLatency } from "./outcome.js";
import type { Task } from "./run-job.js";

/** Seconds that each of two models is timed for. */
const timedFor = 0.5;

/** A job on this machine. */
export interface Where {
  readonly job: Job;
  readonly at: (ref: TreeRef) => string;
  readonly how: {
    readonly signal: AbortSignal | undefined;
    readonly onProgress?: (progress: JobProgress) => void;
  };
}

/** A candidate that was made, and all that it is measured by. */
interface Candidate extends Where, Pick<Task, "trees" | "machineLock" | "name"> {
  readonly report: {
    readonly before: Cost;
    readonly after: Cost;
    readonly files: { readonly before: number; readonly after: number };
  };
  /** The last is the one that a runtime opens. */
  readonly files: readonly { readonly path: string }[];
  /** The original. */
  readonly model: string;
}

interface Measured {
  readonly of: Measures;
  readonly original: Measures;
  readonly latency?: TimedLatency;
}

/** Measures what a job asks for, of a smaller model and of the original. */
export async function measured(
  kept: Kept,
  { report, files, model, job, trees, at, how, machineLock, name }: Candidate,
): Promise<Measured> {
  const small = files.at(-1)?.path as string;
  const { before, after } = report;
  const isAsked = (measure: Job["measure"][number]): boolean => job.measure.includes(measure);
  const judged =
    isAsked("agreement") || isAsked("accuracy")
      ? await judgedBy(kept, model, small, { job, at, how })
      : undefined;
  if (isAsked("accuracy") && !judged?.accuracy)
    throw new SweepError("bad-job", { why: "accuracy is asked for, and the samples have no labels" });
  const latency = isAsked("milliseconds")
    ? await timed(kept.workflow, [model, small], { machineLock, name, signal: how.signal })
    : undefined;
  return {
    of: {
      bytes: report.files.after,
      ...macsIn(after, isAsked("macs")),
      parameters: after.parameters,
      ...(isAsked("gzip") && { gzip: await zipped(files.map(({ path }) => path)) }),
      ...(judged && { agreement: judged.agreement.value }),
      ...(judged?.accuracy && { accuracy: judged.accuracy.value }),
      ...(latency && { milliseconds: latency.median }),
    },
    original: {
      bytes: report.files.before,
      ...macsIn(before, isAsked("macs")),
      parameters: before.parameters,
      ...(isAsked("gzip") && {
        gzip: await kept.zipped(job.inputs.model.tree, () => zipped(pathsOf(trees[job.inputs.model.tree]))),
      }),
      ...(judged && { agreement: 1 }),
      ...(judged?.accuracy && { accuracy: judged.accuracy.value - (judged.change?.value ?? 0) }),
      ...(latency && { milliseconds: latency.original }),
    },
    ...(latency && { latency }),
  };
}

async function judgedBy(
  kept: Kept,
  model: string,
  small: string,
  { job, at, how }: Where,
): Promise<JudgedSamples> {
  const { inputs, judge: asked = {} } = job;
  if (!inputs.judgeData) throw new SweepError("bad-job", { why: "it has no samples to judge by" });
  const labels = inputs.judgeLabels ? at(inputs.judgeLabels) : asked.labels;
  const samples: StoredSamples = {
    data: at(inputs.judgeData),
    // Whose folder has the tokenizer of text.
    model,
    ...(asked.dataConfig !== undefined && { config: asked.dataConfig }),
    ...(labels !== undefined && { labels }),
    ...(asked.samples !== undefined && { most: asked.samples }),
  };
  const seed = asked.seed ?? 0;
  const judge = await kept.judge(canonical([model, samples, seed]), () =>
    openJudge(kept.workflow, model, samples, { seed, ...how }),
  );
  return judge.of(small, how);
}

/** Times both in turn, while nothing else is timed on this machine. */
async function timed(
  workflow: Workflow,
  [model, small]: readonly [string, string],
  {
    machineLock,
    name,
    signal,
  }: Pick<Task, "machineLock" | "name"> & { readonly signal: AbortSignal | undefined },
): Promise<TimedLatency> {
  const lock = await waitForLock(machineLock, name, signal);
  try {
    const { model: original, out } = await workflow.bench(model, small, { seconds: timedFor });
    return { median: out.median, p10: out.p10, p90: out.p90, original: original.median };
  } finally {
    lock.release();
  }
}

async function zipped(paths: readonly string[]): Promise<number> {
  let size = 0;
  for (const path of paths) size += gzipSync(await readFile(path)).length;
  return size;
}

const pathsOf = (tree: PlacedTree | undefined): readonly string[] =>
  (tree?.files ?? []).map((name) => join(tree?.root as string, name));

/** MACs of a model; where they can't be told, that is an error only for who asked. */
const macsIn = (cost: Cost, isAsked: boolean): Pick<Measures, "macs"> =>
  isAsked ? { macs: macsOf(cost) } : cost.macs === null ? {} : { macs: cost.macs };
