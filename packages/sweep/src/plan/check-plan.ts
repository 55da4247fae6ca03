import { configFault } from "@prune/workflow/advanced";
import { badPlan } from "../errors.js";
import { checkSpace } from "./check-space.js";
import { measures, type SweepMeasure } from "./measure.js";
import type { CandidateOptions, CheckedPlan, Halving, SweepPlan } from "./plan.js";
import { checkNames } from "./with-option.js";

/** The most that a plan may ask for. */
export const limits = {
  models: 64,
  candidates: 100_000,
  dimensions: 64,
  values: 10_000,
  rounds: 16,
} as const;

const keys = [
  "$schema",
  "format",
  "models",
  "options",
  "list",
  "grid",
  "random",
  "bayes",
  "measure",
  "judge",
  "front",
  "halving",
  "seconds",
  "jobSeconds",
];

const searches = ["list", "grid", "random", "bayes"] as const;

/**
 * Checks parsed JSON as a plan and fills in what it leaves open; nothing in it is run.
 * @throws {SweepError} "bad-plan" with the place and what belongs there.
 */
export function checkPlan(json: unknown): CheckedPlan {
  const plan = objectAt(json, "", keys) as unknown as SweepPlan;
  if (plan.format !== undefined && plan.format !== "prune-sweep/1")
    throw badPlan("format", 'it must be "prune-sweep/1"');
  checkModels(plan.models);
  checkOptions(plan.options ?? {}, "options");
  const found = searches.filter((name) => plan[name] !== undefined);
  if (found.length !== 1)
    throw badPlan(
      found[1] ?? "",
      `a plan has exactly one of ${searches.join(", ")}${found.length > 0 ? `, not ${found.join(" and ")}` : ""}`,
    );
  if (plan.list !== undefined) checkList(plan.list);
  if (plan.grid !== undefined) checkGrid(plan.grid);
  if (plan.random !== undefined) checkDrawn(plan.random, "random", ["space", "count", "seed"]);
  if (plan.bayes !== undefined) {
    checkDrawn(plan.bayes, "bayes", ["space", "count", "seed", "batch"]);
    if (plan.bayes.batch !== undefined) wholeAt(plan.bayes.batch, "bayes.batch", 1, limits.candidates);
  }
  checkJudge(plan.judge);
  const measure = measuresAt(plan.measure, "measure") ?? usualMeasures(plan);
  const front = measuresAt(plan.front, "front") ?? usualFront(measure);
  const missing = front.find((name) => !measure.includes(name));
  if (missing !== undefined) throw badPlan("front", `${missing} is not among what is measured`);
  const judged = measure.find((name) => name === "agreement" || name === "accuracy");
  if (judged !== undefined && !plan.judge)
    throw badPlan("measure", `${judged} needs samples to judge by: add "judge": { "data": PATH }`);
  if (measure.includes("accuracy") && plan.judge?.labels === undefined && !mayHoldLabels(plan.judge?.data))
    throw badPlan("measure", 'accuracy needs labels: add "labels" to "judge"');
  if (plan.halving !== undefined) checkHalving(plan.halving, plan);
  for (const name of ["seconds", "jobSeconds"] as const)
    if (plan[name] !== undefined) positiveAt(plan[name], name);
  return { ...plan, measure, front };
}

/** Checks options of a candidate, as `prune` would, and that they give the same result wherever they run. */
export function checkOptions(options: CandidateOptions, at: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw badPlan(at, "it must be an object of options of `prune`");
  const { lossless, importance, ...rest } = options as CandidateOptions & Record<string, unknown>;
  if (lossless !== undefined && typeof lossless !== "boolean")
    throw badPlan(`${at}.lossless`, "it must be a boolean");
  const place = (name: string): string => (at === "" ? name : `${at}.${name}`);
  for (const name of ["latencyTable", "threads", "curve", "$schema", "mask"])
    if (rest[name] !== undefined) throw badPlan(place(name), unfit[name] as string);
  if (typeof rest.target === "object" && rest.target !== null && "latency" in rest.target)
    throw badPlan(
      place("target.latency"),
      "what it gives depends on the machine, so that no two would agree; measure milliseconds instead",
    );
  if (endsByTime(rest.train))
    throw badPlan(
      place("train"),
      'how far time goes depends on the machine; say epochs or steps: "epochs=5"',
    );
  if (typeof rest.learnGates === "string" && !/^\s*\d+\s*$/.test(rest.learnGates))
    throw badPlan(place("learnGates"), "how far time goes depends on the machine; say steps: 300");
  checkTokenizer(rest.dataConfig, place("dataConfig"));
  const isPlugin = typeof importance === "string" && importance.startsWith("module:");
  const why = configFault({ ...rest, ...(importance !== undefined && !isPlugin && { importance }) });
  if (why !== undefined) throw badPlan(at, why);
}

/** Text finds its tokenizer beside the model, whose files every worker gets; another would be no part of a job. */
export function checkTokenizer(config: CandidateOptions["dataConfig"], at: string): void {
  if (typeof config === "object" && config?.tokenizer !== undefined)
    throw badPlan(`${at}.tokenizer`, "in a sweep, text is read by the tokenizer in the model's folder");
}

/** Whether a training ends when time is up, by itself or among other ends. */
const endsByTime = (train: CandidateOptions["train"]): boolean =>
  typeof train === "string"
    ? train.split(",").some((part) => !part.includes("=") || part.trim().startsWith("time="))
    : train?.time !== undefined;

const unfit: Readonly<Record<string, string>> = {
  latencyTable: "what it gives depends on the machine; measure milliseconds instead",
  threads: "a sweep runs every candidate on one thread",
  curve: "a candidate writes no file of its own",
  mask: "a masked model is as large as the original, so there is nothing to compare",
  $schema: "it belongs to a configuration",
};

function checkModels(models: unknown): void {
  if (!Array.isArray(models) || models.length === 0)
    throw badPlan("models", 'it must name models: ["model.onnx"]');
  boundedAt(models.length, "models", limits.models);
  for (const [i, model] of models.entries()) textAt(model, `models[${i}]`);
  if (new Set(models).size < models.length) throw badPlan("models", "a model is named twice");
}

function checkList(list: unknown): void {
  if (!Array.isArray(list) || list.length === 0) throw badPlan("list", "it must be options, [{ ... }]");
  boundedAt(list.length, "list", limits.candidates);
  for (const [i, options] of list.entries()) checkOptions(options, `list[${i}]`);
}

function checkGrid(grid: unknown): void {
  const entries = Object.entries(objectAt(grid, "grid"));
  if (entries.length === 0) throw badPlan("grid", "it must hold an option");
  boundedAt(entries.length, "grid", limits.dimensions);
  checkNames(Object.keys(grid as object), "grid");
  let count = 1;
  for (const [name, values] of entries) {
    if (!Array.isArray(values) || values.length === 0)
      throw badPlan(`grid.${name}`, "it must be a list of values");
    boundedAt(values.length, `grid.${name}`, limits.values);
    count *= values.length;
  }
  boundedAt(count, "grid", limits.candidates);
}

function checkDrawn(drawn: unknown, at: string, known: readonly string[]): void {
  const { space, count, seed } = objectAt(drawn, at, known);
  checkSpace(space, `${at}.space`);
  wholeAt(count, `${at}.count`, 1, limits.candidates);
  if (seed !== undefined) wholeAt(seed, `${at}.seed`, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function checkJudge(judge: unknown): void {
  if (judge === undefined) return;
  const { data, dataConfig, labels, samples, seed } = objectAt(judge, "judge", [
    "data",
    "dataConfig",
    "labels",
    "samples",
    "seed",
  ]);
  textAt(data, "judge.data");
  if (labels !== undefined) textAt(labels, "judge.labels");
  const why = configFault({ data, ...(dataConfig !== undefined && { dataConfig }) });
  if (why !== undefined) throw badPlan("judge", why);
  checkTokenizer(dataConfig as CandidateOptions["dataConfig"], "judge.dataConfig");
  if (samples !== undefined) wholeAt(samples, "judge.samples", 1, Number.MAX_SAFE_INTEGER);
  if (seed !== undefined) wholeAt(seed, "judge.seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

function checkHalving(halving: Halving, plan: SweepPlan): void {
  if (plan.bayes !== undefined)
    throw badPlan(
      "halving",
      "it goes with a list, a grid or random candidates; a Bayesian search chooses by itself",
    );
  const { samples, seconds, keep } = objectAt(halving, "halving", ["samples", "seconds", "keep"]) as Halving;
  if (samples === undefined && seconds === undefined)
    throw badPlan("halving", 'it needs "samples" or "seconds" for each round');
  for (const [name, rounds] of Object.entries({ samples, seconds })) {
    if (rounds === undefined) continue;
    if (!Array.isArray(rounds) || rounds.length < 2)
      throw badPlan(`halving.${name}`, "it must be two rounds or more, each with more than the one before");
    boundedAt(rounds.length, `halving.${name}`, limits.rounds);
    rounds.forEach((value, i) => {
      const at = `halving.${name}[${i}]`;
      if (name === "samples") wholeAt(value, at, 1, Number.MAX_SAFE_INTEGER);
      else positiveAt(value, at);
      if (i > 0 && value <= (rounds[i - 1] as number))
        throw badPlan(at, "it must be more than the round before has");
    });
  }
  if (samples && seconds && samples.length !== seconds.length)
    throw badPlan("halving", `samples have ${samples.length} rounds, seconds ${seconds.length}`);
  if (samples && !plan.judge && plan.options?.data === undefined)
    throw badPlan("halving.samples", 'there are no samples: add "judge" or "data" to "options"');
  if (keep !== undefined && !(typeof keep === "number" && keep > 0 && keep < 1))
    throw badPlan("halving.keep", "it must be a share above 0 and below 1");
}

/** Archives and folders bring labels of their own. */
const mayHoldLabels = (data = ""): boolean => !/\.(u8|bin|raw|npy)$/i.test(data);

function usualMeasures({ judge }: SweepPlan): readonly SweepMeasure[] {
  if (!judge) return ["bytes", "macs"];
  return ["bytes", "macs", "agreement", ...(judge.labels === undefined ? [] : (["accuracy"] as const))];
}

function usualFront(measure: readonly SweepMeasure[]): readonly SweepMeasure[] {
  const cost =
    measure.find((name) => name === "macs") ??
    measure.find((name) => name !== "agreement" && name !== "accuracy");
  const worth = measure.find((name) => name === "accuracy") ?? measure.find((name) => name === "agreement");
  const other = worth ?? measure.find((name) => name !== cost);
  return [cost, other].filter((name) => name !== undefined);
}

function measuresAt(value: unknown, at: string): readonly SweepMeasure[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0)
    throw badPlan(at, `it must be some of ${measures.join(", ")}`);
  value.forEach((name, i) => {
    if (!measures.includes(name)) throw badPlan(`${at}[${i}]`, `it must be one of ${measures.join(", ")}`);
  });
  if (new Set(value).size < value.length) throw badPlan(at, "a measure is named twice");
  return value;
}

/** An object, of known keys where they are given. */
export function objectAt(value: unknown, at: string, known?: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badPlan(at, "it must be an object");
  const other = known && Object.keys(value).find((key) => !known.includes(key));
  if (other !== undefined)
    throw badPlan(
      at,
      `there is no "${other}" here; there are ${known?.filter((key) => key !== "$schema").join(", ")}`,
    );
  return value as Record<string, unknown>;
}

function textAt(value: unknown, at: string): void {
  if (typeof value !== "string" || value === "" || value.length > 4096)
    throw badPlan(at, "it must be a path or a name");
}

function wholeAt(value: unknown, at: string, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most)
    throw badPlan(
      at,
      most === Number.MAX_SAFE_INTEGER && least < 0
        ? "it must be a whole number"
        : `it must be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? "" : ` to ${most}`}`,
    );
}

function positiveAt(value: unknown, at: string): void {
  if (typeof value !== "number" || !Number.isFinite(value) || value <= 0)
    throw badPlan(at, "it must be a number of seconds above 0");
}

function boundedAt(count: number, at: string, most: number): void {
  if (count > most) throw badPlan(at, `it has ${count} entries, and at most ${most} are allowed`);
}
