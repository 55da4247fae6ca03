import { mkdir, readdir } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { join } from "node:path";
import { existingInside } from "@prune/files/advanced";
import type { JobProgress, Workflow } from "@prune/workflow";
import { SweepError } from "../errors.js";
import { hashOfFile } from "../files/store.js";
import { checkName, type PlacedTree } from "../files/tree.js";
import { canonical, hashOf } from "./canonical.js";
import type { Job, TreeRef } from "./job.js";
import { type Kept, openKept } from "./kept.js";
import { measured, type Where } from "./measured.js";
import type { Done } from "./outcome.js";
import { loadPlugin, moduleOf } from "./plugins.js";
import { versionsFor } from "./versions.js";

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

/** Runs one candidate: makes the smaller model as `prune` does, and measures it. Engines call nothing else. */
export async function runJob(
  { name, job, trees, scratch, plugins, machineLock }: Task,
  {
    onProgress,
    signal,
    kept = openKept(),
  }: {
    readonly onProgress?: ((progress: JobProgress) => void) | undefined;
    readonly signal?: AbortSignal;
    readonly kept?: Kept;
  } = {},
): Promise<Made> {
  const begin = performance.now();
  const at = (ref: TreeRef): string => located(ref, trees);
  const model = at(job.inputs.model);
  await checkVersions(job, plugins);
  const { workflow } = kept;
  const inputs = new Set(Object.values(job.inputs).map(at));
  kept.confine((path) => inputs.has(path));
  const how = { signal, ...(onProgress && { onProgress }) };
  const { report, recipe, files } = await smaller(workflow, model, { job, at, scratch, plugins, how });
  const { of, original, latency } = await measured(kept, {
    report,
    files,
    model,
    job,
    trees,
    at,
    how,
    machineLock,
    name,
  });
  const hashes = await Promise.all(
    [...files, ...(recipe ? [recipe] : [])].map(async (file) => ({
      ...file,
      sha256: await hashOfFile(file.path),
    })),
  );
  const made = hashes.slice(0, files.length).map(({ name: path, sha256 }) => ({ path, sha256 }));
  const removed = recipe ? (hashes.at(-1)?.sha256 ?? null) : null;
  const { milliseconds: _, ...certain } = of;
  const lawHolds = report.law?.holds ?? false;
  return {
    files: hashes,
    outcome: {
      state: "done",
      job: name,
      result: hashOf({ model: made, recipe: removed, measures: certain, lawHolds }),
      measures: of,
      original,
      model: made,
      recipe: removed,
      lawHolds,
      observed: {
        machine: {
          processor: processor(),
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

/** Asking takes some milliseconds, so that it is asked once. */
let known: string | undefined;
const processor = (): string => {
  known ??= `${cpus()[0]?.model.trim() ?? "unknown"}, ${arch()}`;
  return known;
};
