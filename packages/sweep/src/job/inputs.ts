import { readFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { tokenizerConfig, tokenizerPlaces } from "@prune/samples/node";
import { type Workflow, WorkflowError } from "@prune/workflow";
import { options } from "@prune/workflow/advanced";
import { nodeWorkflow } from "@prune/workflow/node";
import type { NamedJob } from "../engine/engine.js";
import { badPlan, reasonOf } from "../errors.js";
import { sizeOfFile } from "../files/store.js";
import { type LocalTree, treeAt, treeOf } from "../files/tree.js";
import { checkTokenizer } from "../plan/check-plan.js";
import type { CandidateOptions, CheckedPlan } from "../plan/plan.js";
import type { Candidate } from "../search/search.js";
import { type Job, type JobInputs, nameOfJob, type TreeRef, type Versions } from "./job.js";
import { moduleOf } from "./plugins.js";
import { versionsFor } from "./versions.js";

/** Candidates as jobs: every file that they read is hashed once. */
export interface Inputs {
  jobOf(candidate: Candidate): Promise<NamedJob>;
  /** All that the jobs so far read. */
  readonly trees: readonly LocalTree[];
}

/** Reads what a plan names, from the plan's folder. */
export function inputsOf(plan: CheckedPlan, base: string, plugins: readonly string[]): Inputs {
  const workflow = nodeWorkflow();
  const trees = new Map<string, Promise<LocalTree>>();
  const found: LocalTree[] = [];
  const tree = (path: string, open: (path: string) => Promise<LocalTree>): Promise<TreeRef> => {
    const place = resolve(base, path);
    let known = trees.get(place);
    if (!known) {
      known = open(place);
      trees.set(place, known);
      known.then(
        (made) => found.push(made),
        () => {},
      );
    }
    return known.then(({ ref }) => ref);
  };
  const model = (path: string): Promise<TreeRef> =>
    tree(path, async (place) => {
      const { files } = await workflow.open(place);
      const paths = files.map((file) => file.path);
      return readsText(plan) ? treeWithTokenizer(place, paths) : treeOf(place, paths);
    });
  const file = (path: string): Promise<TreeRef> => tree(path, treeAt);
  const labelsOf = async (labels: string | undefined): Promise<TreeRef | undefined> =>
    labels !== undefined && (await sizeOfFile(resolve(base, labels))) !== undefined
      ? file(labels)
      : undefined;
  const configs = new Map<string, Promise<object>>();
  const configOf = async (config: CandidateOptions["dataConfig"]): Promise<object | undefined> => {
    if (typeof config !== "string") return config;
    const known = configs.get(config) ?? readConfig(resolve(base, config), config);
    configs.set(config, known);
    return known;
  };
  const versions = new Map<string, Promise<Versions>>();
  const versionsOf = (candidate: Candidate): Promise<Versions> => {
    const key = `${candidate.model} ${moduleOf(candidate.options.importance) ?? ""}`;
    const known = versions.get(key) ?? versionsFor({ ...candidate, measure: plan.measure }, plugins);
    versions.set(key, known);
    return known;
  };
  return {
    trees: found,
    async jobOf(candidate) {
      const { options, seconds } = candidate;
      checkTogether(workflow, candidate);
      const { data, labels, dataConfig, allocation, ...rest } = options;
      const inputs: JobInputs = {
        model: await model(candidate.model),
        ...(data !== undefined && { data: await file(data) }),
        ...named("labels", await labelsOf(labels)),
        ...(allocation !== undefined &&
          allocation !== "sensitivity" && { allocation: await file(allocation) }),
        ...(plan.judge && { judgeData: await file(plan.judge.data) }),
        ...named("judgeLabels", await labelsOf(plan.judge?.labels)),
      };
      const job: Job = {
        format: "prune-job/1",
        inputs,
        options: {
          ...rest,
          ...named("dataConfig", await configOf(dataConfig)),
          ...(labels !== undefined && !inputs.labels && { labels }),
          ...(allocation === "sensitivity" && { allocation }),
        },
        ...(plan.judge && {
          judge: {
            ...named("dataConfig", await configOf(plan.judge.dataConfig)),
            ...(plan.judge.labels !== undefined && !inputs.judgeLabels && { labels: plan.judge.labels }),
            samples: Math.min(plan.judge.samples ?? 1024, candidate.judged ?? Number.POSITIVE_INFINITY),
            seed: plan.judge.seed ?? 0,
          },
        }),
        measure: [...plan.measure].sort(),
        ...(seconds !== undefined && { seconds }),
        versions: await versionsOf(candidate),
      };
      return { name: nameOfJob(job), job };
    },
  };
}

const named = <K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> =>
  value === undefined ? {} : ({ [name]: value } as Record<K, V>);

async function readConfig(path: string, asked: string): Promise<object> {
  let config: object;
  try {
    config = JSON.parse(await readFile(path, "utf8")) as object;
  } catch (error) {
    throw badPlan("dataConfig", `${path} can't be read (${reasonOf(error)})`);
  }
  checkTokenizer(config, `dataConfig ${asked}`);
  return Object.fromEntries(Object.entries(config).filter(([key]) => sampleKeys.has(key)));
}

/** A file may say more than what samples are; an option, which this becomes, may not. */
const sampleKeys: ReadonlySet<string> = new Set(
  options.dataConfig.field.oneOf?.flatMap(({ properties = {} }) => Object.keys(properties)),
);

/** Whether a plan may have samples of text, which are read by the tokenizer beside the model. */
const readsText = (plan: CheckedPlan): boolean => /\.(txt|jsonl)"/i.test(JSON.stringify(plan));

/** A model's files, and those of its tokenizer where text would find one. */
async function treeWithTokenizer(main: string, paths: readonly string[]): Promise<LocalTree> {
  const isThere = async (path: string): Promise<boolean> => (await sizeOfFile(path)) !== undefined;
  for (const place of tokenizerPlaces(dirname(main))) {
    if (!(await isThere(place))) continue;
    const config = tokenizerConfig(place);
    const own = (await isThere(config)) ? [place, config] : [place];
    const folder = dirname(place);
    return treeOf(main, [...paths, ...own], relative(folder, main), folder);
  }
  return treeOf(main, paths);
}

/** Refuses options that contradict each other before anything runs. */
function checkTogether(workflow: Workflow, { model, options }: Candidate): void {
  // What a criterion needs is known where it is installed.
  if (moduleOf(options.importance) !== undefined) return;
  try {
    workflow.check(model, options);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    throw badPlan(`options ${JSON.stringify(options)}`, error.message.replace(/\.$/, ""));
  }
}
