import { type Recipe, readRecipe } from "@prune/pruner";
import { applyRecipe } from "./apply.js";
import { cancellable } from "./cancellable.js";
import { checkNeeds, criterion } from "./criteria.js";
import { badOption, WorkflowError } from "./errors.js";
import { evaluationOf } from "./evaluate.js";
import type { Format, LosslessOpened, Opened } from "./format.js";
import { inspect } from "./inspect.js";
import { losslessFiles, losslessOf } from "./lossless.js";
import { bytesOf, filesOfModel, sizeOf } from "./made.js";
import { type Asked, askedOf, type PruneOptions as Choice } from "./options/asked.js";
import { type Job, type JobOptions, openJob } from "./progress.js";
import { type Details, pruneOpened } from "./prune.js";
import type { Application } from "./reports/application.js";
import type { Bench } from "./reports/bench.js";
import type { Evaluation } from "./reports/evaluation.js";
import type { Inspection } from "./reports/inspection.js";
import type { LosslessReport } from "./reports/lossless-report.js";
import type { PruneReport } from "./reports/prune-report.js";
import { type Verification, verificationOf } from "./reports/verification.js";
import { filesOf, type SampleFiles } from "./samples/draw-samples.js";
import type { CurvesFile } from "./sensitivity/curves-file.js";
import { curvesOf } from "./sensitivity/job.js";
import type { Metric } from "./sensitivity/measure.js";
import { memoryStore } from "./store/memory-store.js";
import { readJson } from "./store/read-json.js";
import { jsonFile, type NewFile, type NewModel, type Store } from "./store/store.js";

/** A model by its path in the store, or an ONNX model as bytes. */
export type ModelSource = string | Uint8Array;

export interface WorkflowOptions {
  /** The first that reads a model is its format: `onnxFormat({ runtime })`, `tfjsFormat()`. */
  readonly formats: readonly Format[];
  /** Where models, samples and results lie. @default memory */
  readonly store?: Store;
}

/** Where results go; nothing is written without these. */
export interface Targets {
  /** The smaller model. */
  readonly out?: string | undefined;
  /** The report, as JSON. */
  readonly report?: string | undefined;
}

export interface PruneOptions extends Choice, Targets, JobOptions {
  /** What was removed, in the original's coordinates, as JSON. */
  readonly recipe?: string | undefined;
  /** What else is written with them, at paths that `writes` names. */
  readonly also?: (report: PruneReport, details: Details) => readonly NewFile[];
  readonly writes?: readonly string[] | undefined;
  /** Files that were read for these options, which nothing may take the place of. */
  readonly reads?: readonly string[] | undefined;
}

export interface LosslessOptions extends Targets, JobOptions {
  /** Files that were read for these options, which nothing may take the place of. */
  readonly reads?: readonly string[] | undefined;
  /** Check that outputs are equal before anything is written. @default true */
  readonly verify?: boolean;
}

/** What was made of a model. */
export interface Result<Report> {
  readonly report: Report;
  /** The smaller model's files; the last is the one that a runtime opens. */
  readonly files: readonly NewFile[];
  /** That last file. */
  readonly bytes: Uint8Array;
}

/** What a pruning made. */
export interface Pruned extends Result<PruneReport> {
  readonly recipe: Recipe;
}

/** The whole job of making models smaller, on the files of one store. */
export interface Workflow {
  readonly store: Store;
  /** Opens and traces a model. */
  open(source: ModelSource, options?: JobOptions): Promise<Opened>;
  /**
   * Makes a model smaller: scores, plans, cuts, proves `cut = mask` in the runtime, times it, wins accuracy back, and
   * writes all files that are asked for at once.
   */
  prune(source: ModelSource, options?: PruneOptions): Promise<Pruned>;
  /** Refuses options that contradict each other, or that the model's format has no answer to; reads nothing. */
  check(source: ModelSource, options: PruneOptions): void;
  /** Removes what changes no output, and nothing else. */
  lossless(source: ModelSource, options?: LosslessOptions): Promise<Result<LosslessReport>>;
  /** What can be cut of a model, and what can't, with the reason. */
  inspect(source: ModelSource, options?: JobOptions): Promise<Inspection>;
  /** Cuts what a recipe of the store says out of its model, or out of the same network in another format. */
  apply(source: ModelSource, options: ApplyOptions): Promise<Result<Application>>;
  /** Checks a smaller model of the store against the original and the recipe of what was removed. */
  verify(source: ModelSource, smaller: string, options: VerifyOptions): Promise<Verification>;
  /** How the answers suffer when units of one layer leave, layer by layer. */
  sensitivity(source: ModelSource, options: SensitivityOptions): Promise<CurvesFile>;
  /** How often a classifier of the store is right on labelled samples. */
  evaluate(path: string, samples: SampleFiles, options?: EvaluateOptions): Promise<Evaluation>;
  /** Times two models of the store, one run of each in turn. */
  bench(model: string, smaller: string, options?: BenchOptions): Promise<Bench>;
}

export interface ApplyOptions extends Omit<Targets, "report">, JobOptions {
  readonly recipe: string;
  /** @default true */
  readonly verify?: boolean;
}

export interface VerifyOptions extends JobOptions {
  readonly recipe: string;
  /** Samples to check the law on, in place of random inputs. */
  readonly samples?: SampleFiles | undefined;
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
}

export interface SensitivityOptions
  extends Pick<Choice, "importance" | "reduction" | "normaliser" | "seed" | "ignore">,
    JobOptions {
  readonly samples: SampleFiles;
  /** @default "kl" with labels, else "error" */
  readonly metric?: Metric | undefined;
  /** Shares to try of each layer. */
  readonly ratios?: readonly number[] | undefined;
  /** Where the curves go, as JSON. */
  readonly out?: string | undefined;
  /** What else is written with them, and where that is. */
  readonly also?: (curves: CurvesFile) => readonly NewFile[];
  readonly writes?: readonly string[];
}

export interface EvaluateOptions extends JobOptions {
  /** Samples per run where the model leaves that open. @default 100 */
  readonly batch?: number;
}

export interface BenchOptions extends JobOptions {
  /** Time to spend on each model. @default 1 */
  readonly seconds?: number;
  /** Threads inside one operator. @default 1 */
  readonly threads?: number;
}

/** Opens a workflow with the formats and the store that are given. */
export function createWorkflow({ formats, store = memoryStore() }: WorkflowOptions): Workflow {
  const located = (source: ModelSource): { readonly path: string; readonly from: Store } =>
    typeof source === "string"
      ? { path: source, from: store }
      : { path: "model.onnx", from: memoryStore({ "model.onnx": source }) };
  const formatOf = (source: ModelSource): Format => {
    const { path } = located(source);
    const found = formats.find((format) => format.reads(path));
    if (found) return found;
    const known = formats.map(({ name }) => name).join(", ");
    throw new WorkflowError("unknown-format", { path, formats: known || "none" });
  };
  const open = async (source: ModelSource, job: Job): Promise<Opened> => {
    const { path, from } = located(source);
    await job.begin("trace");
    return formatOf(source).open(path, from, job);
  };
  const check = async (opened: Opened, { out, writes, reads }: Paths): Promise<void> => {
    const model = out === undefined ? [] : [await opened.output(out, store)];
    const others = writes.filter((path) => path !== undefined).map((path) => ({ path }));
    const own = opened.files.map(({ path }) => path);
    store.check?.([...own, ...reads.filter((path) => path !== undefined)], [...model, ...others]);
  };
  const write = async (
    model: NewModel | undefined,
    files: readonly NewFile[],
    opened: Opened,
    job: Job,
  ): Promise<void> => {
    job.signal?.throwIfAborted();
    const inputs = opened.files.map(({ path }) => path);
    if (model || files.length > 0) await store.write({ model, files }, inputs);
  };
  const checked = (source: ModelSource, { recipe, ...choice }: PruneOptions): Asked => {
    if (choice.lossless && recipe !== undefined)
      throw badOption("lossless", "a recipe can't tell what is folded; prune in two steps");
    return askedOf(choice, formatOf(source).features);
  };
  return {
    store,
    check: (
      source,
      { out: _, report: __, also: ___, reads: ____, signal: _____, onProgress: ______, ...choice },
    ) => void checked(source, choice),
    open: (source, options = {}) => open(source, openJob(options)),
    async prune(
      source,
      { out, recipe, report, also, reads = [], writes = [], signal, onProgress, ...choice } = {},
    ) {
      const job = openJob({ signal, onProgress });
      const asked = checked(source, { ...choice, recipe });
      const whole = await open(source, job);
      const { latencyTable: table, allocation, samples } = asked;
      const isMade = table !== undefined && (await store.size(table)) === undefined;
      const curves = allocation === "sensitivity" ? undefined : allocation;
      await check(whole, {
        out,
        writes: [recipe, report, choice.curve, isMade ? table : undefined, ...writes],
        reads: [...reads, curves, isMade ? undefined : table, ...(samples ? filesOf(samples) : [])],
      });
      try {
        const first = choice.lossless ? await losslessOf(whole, asked.verify, job) : undefined;
        const opened = first?.opened ?? whole;
        const made = await pruneOpened(opened, asked, out ?? opened.usualOutput, store, job);
        const full = first ? afterLossless(made.report, whole, first) : made.report;
        await write(
          out === undefined ? undefined : made.model,
          [
            ...(also?.(full, made) ?? []),
            ...(recipe === undefined ? [] : [jsonFile(recipe, made.recipe)]),
            ...(report === undefined ? [] : [jsonFile(report, full)]),
          ],
          whole,
          job,
        );
        return withBytes({ report: full, recipe: made.recipe, files: filesOfModel(made.model) });
      } catch (error) {
        const [written] = job.written;
        throw written !== undefined && error instanceof WorkflowError ? error.besides(written) : error;
      }
    },
    async lossless(source, { out, report, reads = [], verify = true, ...how } = {}) {
      const job = openJob(how);
      const opened = await open(source, job);
      await check(opened, { out, writes: [report], reads });
      const made = await losslessFiles(opened, verify, out ?? opened.usualOutput, store, job);
      const files = report === undefined ? [] : [jsonFile(report, made.report)];
      await write(out === undefined ? undefined : made.model, files, opened, job);
      return withBytes({ report: made.report, files: filesOfModel(made.model) });
    },
    inspect: async (source, options = {}) => inspect(await open(source, openJob(options))),
    async apply(source, { recipe: path, out, verify = true, ...how }) {
      const job = openJob(how);
      const recipe = readRecipe(await readJson(store, path));
      const opened = await open(source, job);
      await check(opened, { out, writes: [], reads: [path] });
      const asked = { recipe, path, out: out ?? opened.usualOutput, verify };
      const made = await applyRecipe(opened, asked, store, job);
      await write(out === undefined ? undefined : made.model, [], opened, job);
      return withBytes({ report: made.report, files: filesOfModel(made.model) });
    },
    async verify(source, smaller, { recipe: path, samples, seed = 0, ...how }) {
      const job = openJob(how);
      await job.begin("replay");
      const recipe = readRecipe(await readJson(store, path));
      const opened = await open(source, job);
      const found = await opened.compare(smaller, recipe, { samples, seed }, store, job);
      return verificationOf(found, { sha256: await opened.backend.hash(opened.model), recipe });
    },
    async sensitivity(
      source,
      { importance: given = "l2", samples, seed = 0, out, also, writes = [], ...how },
    ) {
      const { reduction, normaliser, metric, ratios, ignore, ...options } = how;
      const { features } = formatOf(source);
      if (!features.has("allocation"))
        throw new WorkflowError("bad-option", {
          option: located(source).path,
          why: "sensitivity needs an ONNX model",
        });
      const importance =
        typeof given === "string" ? criterion(given, { seed, reduction, normaliser }) : given;
      checkNeeds(typeof given === "string" ? given : given.name, importance, { data: true, features });
      const job = openJob(options);
      const opened = await open(source, job);
      await check(opened, { out: undefined, writes: [out, ...writes], reads: filesOf(samples) });
      const curves = await curvesOf(
        opened,
        { importance: cancellable(importance, job), samples, seed, metric, ratios, ignore },
        store,
        job,
      );
      const files = [...(out === undefined ? [] : [jsonFile(out, curves)]), ...(also?.(curves) ?? [])];
      await write(undefined, files, opened, job);
      return curves;
    },
    async evaluate(path, samples, { batch = 100, ...how } = {}) {
      const counted = { batch: Math.ceil(batch) };
      return evaluationOf(await formatOf(path).evaluate(path, samples, counted, store, openJob(how)));
    },
    async bench(model, smaller, { seconds = 1, threads = 1, ...how } = {}) {
      const format = formatOf(model);
      await openJob(how).begin("measure");
      if (!format.bench) throw badOption("seconds", `${format.name} models can't be timed beside each other`);
      return format.bench([model, smaller], { seconds, threads }, store);
    },
  };
}

/** Files of a job besides those of the model that it reads. */
interface Paths {
  readonly out: string | undefined;
  readonly writes: readonly (string | undefined)[];
  readonly reads: readonly (string | undefined)[];
}

/** What a pruning did of a model without what changes no output, as the whole model's. */
function afterLossless(
  report: PruneReport,
  whole: Opened,
  { part }: LosslessOpened<unknown, unknown>,
): PruneReport {
  const before = whole.backend.cost(whole.model, whole.trace);
  return { ...report, before, files: { ...report.files, before: sizeOf(whole.files) }, lossless: part };
}

/** The main file is the last; its bytes are made when they are asked for. */
const withBytes = <T extends { readonly files: readonly NewFile[] }>(
  made: T,
): T & { readonly bytes: Uint8Array } =>
  Object.defineProperty(made as T & { readonly bytes: Uint8Array }, "bytes", {
    get: () => bytesOf(made.files.at(-1) as NewFile),
    enumerable: true,
  });
