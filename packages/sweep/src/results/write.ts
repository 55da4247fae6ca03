import { mkdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { publishAll, stageContents } from "@prune/files";
import { type SweepRow, scatterSvg, shortNumber, sweepPage } from "@prune/report/sweep";
import type { Engine } from "../engine/engine.js";
import { someAtOnce } from "../files/some-at-once.js";
import { type ContentStore, fetchStored, sizeOfFile } from "../files/store.js";
import { checkName } from "../files/tree.js";
import { canonical, hashOf } from "../job/canonical.js";
import { type JobOutcome, resultOf } from "../job/outcome.js";
import { isMore, type SweepMeasure } from "../plan/measure.js";
import type { Measures } from "../search/rank.js";
import type { Swept } from "../sweep.js";
import type { SweptCandidate } from "./fronts.js";
import { type DonePoint, type Front, finalPoints, frontsOf } from "./fronts.js";

/** What `results.json` holds. */
export interface ResultsFile {
  readonly format: "prune-sweep-results/1";
  readonly ended: Swept["ended"];
  readonly plan: Swept["plan"];
  /** sha256 of the results of all candidates, in order: the same wherever they ran. */
  readonly sha256: string;
  readonly candidates: readonly (Pick<SweptCandidate["candidate"], "model" | "options" | "round"> & {
    /** On a front. */
    readonly front: boolean;
    readonly outcome: JobOutcome;
    /** Paths from the file's folder. */
    readonly recipe?: string;
    readonly smaller?: string;
  })[];
}

/** sha256 of the results of all candidates, in order: what two sweeps of one plan have to agree in. */
export const resultsHash = (points: readonly SweptCandidate[]): string =>
  hashOf(points.map(({ outcome }) => [outcome.job, resultOf(outcome)]));

/**
 * Writes what a sweep found: `results.json`, `front.json`, `front.svg` and `sweep.html` (one picture per front),
 * `recipes/JOB.json` of every candidate and `models/` of the fronts.
 */
export async function writeResults(
  folder: string,
  swept: Swept,
  { store }: Pick<Engine, "store">,
): Promise<ResultsFile> {
  const { plan, points } = swept;
  const fronts = frontsOf(plan, points);
  const best = new Map(
    fronts.flatMap(({ points: all }) => all.map(({ outcome }) => [outcome.job, true] as const)),
  );
  const recipes = join(folder, "recipes");
  const models = join(folder, "models");
  await mkdir(recipes, { recursive: true });
  await rm(models, { recursive: true, force: true });
  const candidates = await someAtOnce(points, 8, async ({ candidate, outcome }) => {
    const { model, options, round } = candidate;
    const front = best.has(outcome.job);
    const made = outcome.state === "done" ? outcome : undefined;
    const recipe = made?.recipe ? await fetchRecipe(folder, made.job, made.recipe, store) : undefined;
    const smaller = made && front ? await fetchModel(folder, made, store) : undefined;
    return {
      model,
      options,
      round,
      front,
      outcome,
      ...(recipe && { recipe }),
      ...(smaller && { smaller }),
    };
  });
  const results: ResultsFile = {
    format: "prune-sweep-results/1",
    ended: swept.ended,
    plan,
    sha256: resultsHash(points),
    candidates,
  };
  const scatters = fronts.map((front) => scatterOf(swept, front));
  const [first] = scatters;
  const frontJson = {
    format: "prune-sweep-front/1",
    measures: plan.front,
    fronts: fronts.map(({ of, points: all }) => ({
      of,
      points: all.map(({ outcome }) => candidates.find(({ outcome: { job } }) => job === outcome.job)),
    })),
  };
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const staged = [
    await stageContents(join(folder, "front.json"), json(frontJson)),
    ...(first ? [await stageContents(join(folder, "front.svg"), scatterSvg(first))] : []),
    await stageContents(join(folder, "sweep.html"), page(swept, results, scatters)),
    await stageContents(join(folder, "results.json"), json(results)),
  ];
  await publishAll(staged);
  return results;
}

/** A candidate's recipe, unless a queue has forgotten it meanwhile: its options are known all the same. */
async function fetchRecipe(
  folder: string,
  job: string,
  hash: string,
  store: ContentStore,
): Promise<string | undefined> {
  const recipe = `recipes/${job}.json`;
  if ((await sizeOfFile(join(folder, recipe))) !== undefined) return recipe;
  if (!(await store.has(hash))) return undefined;
  await fetchStored(store, hash, join(folder, recipe), "A recipe");
  return recipe;
}

/** The smaller model's files, in a folder of their own. */
async function fetchModel(
  folder: string,
  { job, model }: DonePoint["outcome"],
  store: ContentStore,
): Promise<string | undefined> {
  const home = join("models", job.slice(0, 12));
  for (const { path, sha256 } of model) {
    checkName(path);
    if (!(await store.has(sha256))) return undefined;
    await fetchStored(store, sha256, join(folder, home, path), "A model");
  }
  return join(home, model.at(-1)?.path ?? "");
}

function scatterOf({ plan, points }: Swept, front: Front) {
  const [x, y] = plan.front as readonly [SweepMeasure, SweepMeasure | undefined];
  const up = y ?? x;
  const best = new Set(front.points.map(({ outcome }) => outcome.job));
  const shown = finalPoints(points).flatMap(({ candidate, outcome }) => {
    const at = outcome.state === "done" ? [outcome.measures[x], outcome.measures[up]] : [];
    const [across, upward] = at;
    return across === undefined || upward === undefined
      ? []
      : [
          {
            x: across,
            y: upward,
            label: labelOf(candidate.options, plan.options),
            isFront: best.has(outcome.job),
          },
        ];
  });
  const original = (front.points[0]?.outcome as DonePoint["outcome"] | undefined)?.original ?? {};
  return {
    title: `${up} by ${x}${front.of === "" ? "" : `, ${front.of}`}`,
    x,
    y: up,
    points: shown,
    original: { x: original[x], y: original[up] },
  };
}

/** What a candidate has of its own: what all have would only be in the way. */
export const ownOptions = (options: object, all: object = {}): readonly (readonly [string, unknown])[] =>
  Object.entries(options).filter(
    ([name, value]) => canonical(value) !== canonical((all as Record<string, unknown>)[name]),
  );

const labelOf = (options: object, all: object | undefined): string =>
  ownOptions(options, all)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : canonical(value)}`)
    .join(" ");

const print =
  (measure: SweepMeasure) =>
  (value: number): string =>
    isMore(measure)
      ? `${(100 * value).toFixed(2)} %`
      : measure === "milliseconds"
        ? `${value.toPrecision(3)} ms`
        : `${shortNumber(value)}${measure === "bytes" || measure === "gzip" ? "B" : ""}`;

function page(
  { plan, points, ended, ran, known }: Swept,
  { candidates, sha256 }: ResultsFile,
  scatters: ReturnType<typeof scatterOf>[],
): string {
  const columns = plan.measure.map((name) => ({ name, print: print(name) }));
  const rows = candidates.map(({ model, options, front, outcome, recipe, smaller }): SweepRow => {
    const measures: Measures = outcome.state === "done" ? outcome.measures : {};
    return {
      label: labelOf(options, plan.options),
      model: basename(model),
      values: plan.measure.map((name) => measures[name]),
      isFront: front,
      ...(outcome.state !== "done" && { why: `${outcome.state}: ${outcome.message}` }),
      files: { ...(smaller && { model: smaller }), ...(recipe && { recipe }) },
    };
  });
  const refused = points.filter(({ outcome }) => outcome.state !== "done").length;
  const parts = [
    `${points.length} candidates${refused > 0 ? `, ${refused} of them refused` : ""}`,
    ended === "done"
      ? "all that the plan asks for"
      : ended === "time"
        ? "until the time was up"
        : "until it was told to stop",
    ...(known > 0 ? [`${known} known from before, ${ran} run now`] : []),
    `results ${sha256.slice(0, 16)}`,
  ];
  return sweepPage({
    title: `Sweep of ${plan.models.map((model) => basename(model)).join(", ")}`,
    summary: `${parts.join("; ")}.`,
    columns,
    rows,
    scatters,
    reproduce: JSON.stringify(plan, null, 2),
  });
}
