import type { SizesByName } from "@prune/graph";
import type { ModelBytes } from "@prune/onnx";
import { type Recipe, readRecipe } from "@prune/pruner";
import { applyRecipe } from "./apply.js";
import type { ModelSource, PruneJob, Workflow, WorkflowOptions } from "./calls.js";
import { cancellable } from "./cancellable.js";
import { pruneFormed } from "./candidates.js";
import { checkInterface } from "./check-interface.js";
import { checkNeeds, criterion } from "./criteria.js";
import { badOption, WorkflowError, withWritten } from "./errors.js";
import { evaluationOf } from "./evaluate.js";
import type { Format, LosslessOpened, Opened, OpenHow } from "./format.js";
import { formedBy } from "./formed.js";
import { inspect } from "./inspect.js";
import { losslessFiles, losslessOf } from "./lossless.js";
import { bytesOf, filesOfModel, sizeOf } from "./made.js";
import { type AskedPrune, askedOf } from "./options/asked.js";
import { checkGiven, takes } from "./options/check-given.js";
import { type Job, openJob } from "./progress.js";
import type { PruneReport } from "./reports/prune-report.js";
import type { TrainReport } from "./reports/training-report.js";
import { verificationOf } from "./reports/verification.js";
import { filesOf, samplesFor } from "./samples/draw-samples.js";
import { isMeasured } from "./sensitivity/allocation.js";
import { curvesOf } from "./sensitivity/job.js";
import { memoryStore } from "./store/memory-store.js";
import { readJson } from "./store/read-json.js";
import { jsonFile, type NewFile, type NewModel, type Store } from "./store/store.js";
import { trainingOf } from "./training/training-config.js";

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
  const open = async (source: ModelSource, job: Job, { io, sizes }: OpenHow = {}): Promise<Opened> => {
    const { path, from } = located(source);
    const format = formatOf(source);
    if (io !== undefined && !format.features.has("io")) throw badOption("io", "it needs an ONNX model");
    await job.begin("trace");
    const opened = await format.open(path, from, job, { io, sizes });
    // Refuses names that the model doesn't know before anything long begins.
    if (sizes && Object.keys(sizes).length > 0) opened.backend.cost(opened.model, opened.trace);
    return opened;
  };
  /** Inputs and outputs that a recipe made smaller are free, and caches that left with their blocks. */
  const openFor = (
    source: ModelSource,
    job: Job,
    { ends = [], form }: Recipe,
    sizes: SizesByName | undefined,
  ): Promise<Opened> => {
    const io = form?.caches === "leave" ? "cache" : ends.map(({ tensor }) => tensor);
    return open(source, job, { sizes, ...(io.length > 0 && { io }) });
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
  const checked = (source: ModelSource, { recipe, ...choice }: PruneJob): AskedPrune => {
    if (choice.lossless && recipe !== undefined)
      throw badOption("lossless", "a recipe can't tell what is folded; prune in two steps");
    if (choice.basis !== undefined && choice.basis !== "given" && recipe !== undefined)
      throw badOption("basis", "a recipe can't tell directions of samples; leave it out");
    const asked = askedOf(choice, formatOf(source).features);
    return { ...asked, samples: samplesFor(asked.samples, source) };
  };
  return {
    store,
    check: (
      source,
      {
        out: _,
        report: __,
        also: ___,
        reads: ____,
        writes: _____,
        signal: ______,
        onProgress: _______,
        ...choice
      },
    ) => void checked(source, choice),
    async open(source, given = {}) {
      checkGiven(given, takes.open);
      const { io, sizes, ...options } = given;
      return open(source, openJob(options), { io, sizes });
    },
    async prune(
      source,
      { out, recipe, report, also, reads = [], writes = [], signal, onProgress, ...choice } = {},
    ) {
      const job = openJob({ signal, onProgress });
      const asked = checked(source, { ...choice, recipe });
      const whole = await open(source, job, { io: asked.io, sizes: choice.sizes });
      const { latencyTable: table, allocation, samples } = asked;
      const isMade = table !== undefined && (await store.size(table)) === undefined;
      const curves = isMeasured(allocation) ? undefined : allocation;
      await check(whole, {
        out,
        writes: [recipe, report, choice.curve, isMade ? table : undefined, ...writes],
        reads: [...reads, curves, isMade ? undefined : table, ...(samples ? filesOf(samples) : [])],
      });
      try {
        const first = choice.lossless ? await losslessOf(whole, asked.verify, job) : undefined;
        const opened = first?.opened ?? whole;
        const made = await pruneFormed(opened, asked, out ?? opened.usualOutput, store, job);
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
        throw withWritten(error, job.written[0]);
      }
    },
    async lossless(source, given = {}) {
      checkGiven(given, takes.lossless);
      const { out, report, reads = [], verify = true, sizes, ...how } = given;
      const job = openJob(how);
      const opened = await open(source, job, { sizes });
      await check(opened, { out, writes: [report], reads });
      const made = await losslessFiles(opened, verify, out ?? opened.usualOutput, store, job);
      const files = report === undefined ? [] : [jsonFile(report, made.report)];
      await write(out === undefined ? undefined : made.model, files, opened, job);
      return withBytes({ report: made.report, files: filesOfModel(made.model) });
    },
    async inspect(source, given = {}) {
      checkGiven(given, takes.open);
      const { io, sizes, ...options } = given;
      return inspect(await open(source, openJob(options), { io, sizes }));
    },
    async apply(source, given) {
      checkGiven(given, takes.apply);
      const { recipe: path, out, verify = true, sizes, ...how } = given;
      const job = openJob(how);
      const recipe = readRecipe(await readJson(store, path));
      const opened = await openFor(source, job, recipe, sizes);
      await check(opened, { out, writes: [], reads: [path] });
      const asked = { recipe, path, out: out ?? opened.usualOutput, verify };
      const made = await applyRecipe(opened, asked, store, job);
      await write(out === undefined ? undefined : made.model, [], opened, job);
      return withBytes({ report: made.report, files: filesOfModel(made.model) });
    },
    async verify(source, smaller, given) {
      checkGiven(given, takes.verify);
      const { recipe: path, samples, seed = 0, sizes, ...how } = given;
      const job = openJob(how);
      await job.begin("replay");
      const recipe = readRecipe(await readJson(store, path));
      const opened = await openFor(source, job, recipe, sizes);
      const as = formedBy(opened, recipe);
      const found = await as.compare(
        smaller,
        recipe,
        { samples: samplesFor(samples, source), seed },
        store,
        job,
      );
      const blocks = await as.gone?.check(job);
      return verificationOf(
        { ...found, ...(blocks && { blocks }) },
        { sha256: await opened.backend.hash(opened.model), recipe },
      );
    },
    async sensitivity(source, asked) {
      checkGiven(asked, takes.sensitivity);
      const { importance: given = "l2", samples, seed = 0, out, also, writes = [], ...how } = asked;
      const { reduction, normaliser, metric, ratios, ignore, sizes, ...options } = how;
      const { features } = formatOf(source);
      if (!features.has("allocation"))
        throw new WorkflowError("onnx-only", { what: "Sensitivity", path: located(source).path });
      const importance =
        typeof given === "string" ? criterion(given, { seed, reduction, normaliser }) : given;
      checkNeeds(typeof given === "string" ? given : given.name, importance, { data: true, features });
      const job = openJob(options);
      const opened = await open(source, job, { sizes });
      await check(opened, { out: undefined, writes: [out, ...writes], reads: filesOf(samples) });
      const curves = await curvesOf(
        opened,
        {
          ...{ importance: cancellable(importance, job), samples: samplesFor(samples, source) },
          ...{ seed, metric, ratios, ignore },
        },
        store,
        job,
      );
      const files = [...(out === undefined ? [] : [jsonFile(out, curves)]), ...(also?.(curves) ?? [])];
      await write(undefined, files, opened, job);
      return curves;
    },
    async evaluate(path, samples, given = {}) {
      checkGiven(given, takes.evaluate);
      const { batch = 100, ...how } = given;
      const counted = { batch: Math.ceil(batch) };
      const files = samplesFor(samples, path);
      return evaluationOf(await formatOf(path).evaluate(path, files, counted, store, openJob(how)));
    },
    async train(source, options) {
      const { out, report, also, writes = [], signal, onProgress, ...lesson } = options;
      const { samples: given, teacher: taughtBy, seed = 1, threads, checkpoint, ...config } = lesson;
      const how = trainingOf(config);
      const samples = samplesFor(given, source);
      const job = openJob({ signal, onProgress });
      const opened = await open(source, job);
      if (!opened.train)
        throw new WorkflowError("onnx-only", { what: "Training", path: located(source).path });
      const teacher = taughtBy === undefined ? undefined : await open(taughtBy, job);
      await check(opened, {
        out,
        writes: [report, ...writes],
        reads: [...filesOf(samples), ...(teacher ? teacher.files.map(({ path }) => path) : [])],
      });
      await job.begin("train");
      const made = await opened.train(
        { student: opened.model, teacher: teacher?.model, samples, how, seed, threads, checkpoint },
        store,
        job,
      );
      checkInterface(opened.trace, opened.backend.trace(made.model));
      const path = out ?? opened.usualOutput;
      const full: TrainReport = {
        format: "prune-training/1",
        model: opened.path,
        out: path,
        ...made.training,
      };
      const files = [...(also?.(full) ?? []), ...(report === undefined ? [] : [jsonFile(report, full)])];
      const model = await opened.written(path, { model: made.model }, store);
      await write(out === undefined ? undefined : model, files, opened, job);
      return withBytes({ report: full, files: filesOfModel(model) });
    },
    async bench(model, smaller, given = {}) {
      checkGiven(given, takes.bench);
      const { seconds = 1, threads = 1, sizes, ...how } = given;
      const format = formatOf(model);
      await openJob(how).begin("measure");
      if (!format.bench) throw badOption("seconds", `${format.name} models can't be timed beside each other`);
      return format.bench([model, smaller], { seconds, threads, sizes }, store);
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
): T & { readonly bytes: ModelBytes } =>
  Object.defineProperty(made as T & { readonly bytes: ModelBytes }, "bytes", {
    get: () => bytesOf(made.files.at(-1) as NewFile),
    enumerable: true,
  });
