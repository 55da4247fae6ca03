import { mkdir, readdir, readFile } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { existingInside } from "@prune/files";
import { type Cost, macsOf } from "@prune/graph";
import {
  createWorkflow,
  type Judgement,
  judge,
  type Progress,
  type SampleFiles,
  type Workflow,
} from "@prune/workflow";
import { folderStore, nodeFormats } from "@prune/workflow/node";
import { waitForLock } from "../engine/lock.js";
import { SweepError } from "../errors.js";
import { hashOfFile } from "../files/store.js";
import { checkName } from "../files/tree.js";
import type { Measures } from "../search/rank.js";
import { canonical, hashOf } from "./canonical.js";
import type { Job, TreeRef } from "./job.js";
import type { Done, TimedLatency } from "./outcome.js";
import { loadPlugin, moduleOf } from "./plugins.js";
import { untimed } from "./untimed.js";
import { versionsFor } from "./versions.js";

/** A tree as it lies on this machine. */
export interface PlacedTree {
  readonly root: string;
  /** Names of its files. */
  readonly files: readonly string[];
}

/** A job with all that it needs on this machine. */
export interface Task {
  readonly name: string;
  readonly job: Job;
  /** The trees that it reads, by hash. */
  readonly trees: Readonly<Record<string, PlacedTree>>;
  /** An empty folder for what it makes. */
  readonly scratch: string;
  /** Modules that criteria may come from. */
  readonly plugins: readonly string[];
  /** The lock of the machine's latencies. */
  readonly machineLock: string;
}

/** What a job made. */
export interface Made {
  readonly outcome: Done;
  /** Files to keep, by hash. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

/** Seconds that each of two models is timed for. */
const timedFor = 0.5;

/** Runs one candidate: makes the smaller model as `prune` does, and measures it. Engines call nothing else. */
export async function runJob(
  { name, job, trees, scratch, plugins, machineLock }: Task,
  {
    onProgress,
    signal,
  }: { readonly onProgress?: (progress: Progress) => void; readonly signal?: AbortSignal } = {},
): Promise<Made> {
  const begin = performance.now();
  const at = (ref: TreeRef): string => located(ref, trees);
  const model = at(job.inputs.model);
  await checkVersions(job, plugins);
  const workflow = createWorkflow({ formats: nodeFormats().map(untimed), store: folderStore() });
  const how = { signal, ...(onProgress && { onProgress }) };
  const { report, recipe, files } = await smaller(workflow, model, { job, at, scratch, plugins, how });
  const small = files.at(-1)?.path as string;
  const { before, after } = report;
  const isAsked = (measure: Job["measure"][number]): boolean => job.measure.includes(measure);
  const judged =
    isAsked("agreement") || isAsked("accuracy")
      ? await judgedBy(workflow, model, small, { job, at, how })
      : undefined;
  if (isAsked("accuracy") && !judged?.accuracy)
    throw new SweepError("bad-job", { why: "accuracy is asked for, and the samples have no labels" });
  const latency = isAsked("milliseconds")
    ? await timed(workflow, [model, small], { machineLock, name, signal })
    : undefined;
  const all: { readonly of: Measures; readonly original: Measures } = {
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
      ...(isAsked("gzip") && { gzip: await zipped(pathsOf(trees[job.inputs.model.tree])) }),
      ...(judged && { agreement: 1 }),
      ...(judged?.accuracy && { accuracy: judged.accuracy.value - (judged.change?.value ?? 0) }),
      ...(latency && { milliseconds: latency.original }),
    },
  };
  const hashes = await Promise.all(
    [...files, ...(recipe ? [recipe] : [])].map(async (file) => ({
      ...file,
      sha256: await hashOfFile(file.path),
    })),
  );
  const made = hashes.slice(0, files.length).map(({ name: path, sha256 }) => ({ path, sha256 }));
  const removed = recipe ? (hashes.at(-1)?.sha256 ?? null) : null;
  const { milliseconds: _, ...certain } = all.of;
  const lawHolds = report.law?.holds ?? false;
  return {
    files: hashes,
    outcome: {
      state: "done",
      job: name,
      result: hashOf({ model: made, recipe: removed, measures: certain, lawHolds }),
      measures: all.of,
      original: all.original,
      model: made,
      recipe: removed,
      lawHolds,
      observed: {
        machine: {
          processor: `${cpus()[0]?.model.trim() ?? "unknown"}, ${arch()}`,
          runtime: job.versions.runtime,
          threads: 1,
        },
        seconds: (performance.now() - begin) / 1000,
        ...(latency && { latency }),
      },
    },
  };
}

/** A file of a tree, or its folder: what lies outside, also by a link, is refused. */
function located({ tree, main }: TreeRef, trees: Task["trees"]): string {
  const root = trees[tree]?.root;
  if (root === undefined) throw new SweepError("bad-job", { why: `the files of ${tree} are not here` });
  if (main === "") return root;
  checkName(main);
  return existingInside(root, main);
}

async function checkVersions(
  { versions, inputs, options, measure }: Job,
  plugins: readonly string[],
): Promise<void> {
  const here = await versionsFor({ model: inputs.model.main, options, measure }, plugins);
  if (canonical(here) === canonical(versions)) return;
  const [what = "@prune/sweep"] =
    Object.entries(here).find(
      ([key, value]) => canonical(value) !== canonical(versions[key as keyof typeof versions]),
    ) ?? [];
  throw new SweepError("other-version", { what, wanted: canonical(versions), found: canonical(here) });
}

interface Where {
  readonly job: Job;
  readonly at: (ref: TreeRef) => string;
  readonly how: {
    readonly signal: AbortSignal | undefined;
    readonly onProgress?: (progress: Progress) => void;
  };
}

interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** Makes the smaller model, with its recipe. */
async function smaller(
  workflow: Workflow,
  model: string,
  { job, at, scratch, plugins, how }: Where & Pick<Task, "scratch" | "plugins">,
) {
  const { inputs, options } = job;
  const { lossless = false, importance, ...choice } = options;
  const module = moduleOf(importance);
  const folder = join(scratch, "model");
  const isFolder = inputs.model.main.toLowerCase().endsWith(".json");
  if (!isFolder) await mkdir(folder);
  const out = isFolder ? folder : join(folder, inputs.model.main.split("/").at(-1) as string);
  const filesIn = async (): Promise<NamedFile[]> => {
    const names = (await readdir(folder)).sort();
    // What a runtime opens comes last.
    const main = isFolder ? "model.json" : out.slice(folder.length + 1);
    return [...names.filter((name) => name !== main), main].map((name) => ({
      name,
      path: join(folder, name),
    }));
  };
  const isAll = choice.ratio === undefined && choice.target === undefined && choice.keep === undefined;
  if (lossless && isAll) {
    const { verify } = choice;
    const { report } = await workflow.lossless(model, {
      out,
      ...(verify !== undefined && { verify }),
      ...how,
    });
    const { equal } = report;
    return {
      report: { ...report, law: equal && { holds: true } },
      files: await filesIn(),
      recipe: undefined,
    };
  }
  const recipe = lossless ? undefined : join(scratch, "recipe.json");
  const { report } = await workflow.prune(model, {
    ...choice,
    ...(lossless && { lossless }),
    ...(importance !== undefined && {
      importance: module === undefined ? importance : await loadPlugin(module, plugins),
    }),
    ...(inputs.data && { data: at(inputs.data) }),
    ...(inputs.labels && { labels: at(inputs.labels) }),
    ...(inputs.allocation && { allocation: at(inputs.allocation) }),
    out,
    recipe,
    ...how,
  });
  return {
    report,
    files: await filesIn(),
    recipe: recipe === undefined ? undefined : { name: "recipe.json", path: recipe },
  };
}

async function judgedBy(
  workflow: Workflow,
  model: string,
  small: string,
  { job, at, how }: Where,
): Promise<Judgement> {
  const { inputs, judge: asked = {} } = job;
  if (!inputs.judgeData) throw new SweepError("bad-job", { why: "it has no samples to judge by" });
  const labels = inputs.judgeLabels ? at(inputs.judgeLabels) : asked.labels;
  const samples: SampleFiles = {
    data: at(inputs.judgeData),
    ...(asked.dataConfig !== undefined && { config: asked.dataConfig }),
    ...(labels !== undefined && { labels }),
    ...(asked.samples !== undefined && { most: asked.samples }),
  };
  return judge(workflow, model, small, samples, { seed: asked.seed ?? 0, ...how });
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
