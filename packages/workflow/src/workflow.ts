import type { Recipe } from "@prune/pruner";
import { badOption, WorkflowError } from "./errors.js";
import type { Format, Opened } from "./format.js";
import { losslessFiles, losslessOf } from "./lossless.js";
import { bytesOf, type Made, sizeOf } from "./made.js";
import { askedOf, type PruneOptions as Choice } from "./options/asked.js";
import { type Job, type JobOptions, openJob } from "./progress.js";
import { pruneOpened } from "./prune.js";
import type { LosslessReport } from "./reports/lossless-report.js";
import type { PruneReport } from "./reports/prune-report.js";
import { filesOf } from "./samples/draw-samples.js";
import { memoryStore } from "./store/memory-store.js";
import { jsonFile, type NewFile, type Store } from "./store/store.js";

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
  /** What else is written with them. */
  readonly also?: (report: PruneReport) => readonly NewFile[];
}

export interface LosslessOptions extends Targets, JobOptions {
  /** Check that outputs are equal before anything is written. @default true */
  readonly verify?: boolean;
}

/** What was made of a model. */
export interface Result<Report> extends Made {
  readonly report: Report;
  /** The smaller model's main file. */
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
  /** Removes what changes no output, and nothing else. */
  lossless(source: ModelSource, options?: LosslessOptions): Promise<Result<LosslessReport>>;
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
  const check = async (
    source: ModelSource,
    outputs: readonly (string | undefined)[],
    samples: string[] = [],
  ) =>
    store.check?.({
      inputs: [...(typeof source === "string" ? [source] : []), ...samples],
      files: outputs.filter((path) => path !== undefined),
      folders: [],
    });
  const write = async (files: readonly NewFile[], opened: Opened, job: Job): Promise<void> => {
    job.signal?.throwIfAborted();
    const inputs = opened.files.map(({ path }) => path);
    if (files.length > 0) await store.write(files, inputs);
  };
  return {
    store,
    open: (source, options = {}) => open(source, openJob(options)),
    async prune(source, { out, recipe, report, also, signal, onProgress, ...choice } = {}) {
      const job = openJob({ signal, onProgress });
      const asked = askedOf(choice, formatOf(source).features);
      if (choice.lossless && recipe !== undefined)
        throw badOption("lossless", "a recipe can't tell what is folded; prune in two steps");
      const outputs = [out, recipe, report, asked.latencyTable, choice.curve];
      await check(source, outputs, asked.samples && filesOf(asked.samples));
      const whole = await open(source, job);
      const first = choice.lossless ? await losslessOf(whole, asked.verify, job) : undefined;
      const opened = first?.opened ?? whole;
      const made = await pruneOpened(opened, asked, out ?? opened.usualOutput, store, job);
      const before = whole.backend.cost(whole.model, whole.trace);
      const full: PruneReport = first
        ? {
            ...made.report,
            before,
            files: { ...made.report.files, before: sizeOf(whole.files, before.bytes) },
            lossless: first.part,
          }
        : made.report;
      const files = [
        ...(also?.(full) ?? []),
        ...(recipe === undefined ? [] : [jsonFile(recipe, made.recipe)]),
        ...(out === undefined ? [] : made.files),
        ...(report === undefined ? [] : [jsonFile(report, full)]),
      ];
      await write(files, whole, job);
      return withBytes({ ...made, report: full });
    },
    async lossless(source, { out, report, verify = true, ...how } = {}) {
      const job = openJob(how);
      await check(source, [out, report]);
      const opened = await open(source, job);
      const made = await losslessFiles(opened, verify, out ?? opened.usualOutput, job);
      const files = [
        ...(out === undefined ? [] : made.files),
        ...(report === undefined ? [] : [jsonFile(report, made.report)]),
      ];
      await write(files, opened, job);
      return withBytes(made);
    },
  };
}

/** The main file is the last; its bytes are made when they are asked for. */
const withBytes = <T extends Made>(made: T): T & { readonly bytes: Uint8Array } =>
  Object.defineProperty(made as T & { readonly bytes: Uint8Array }, "bytes", {
    get: () => bytesOf(made.files.at(-1) as NewFile),
    enumerable: true,
  });
