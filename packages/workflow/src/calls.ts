import type { ModelBytes } from "@prune/onnx";
import type { Recipe } from "@prune/pruner";
import type { CheckpointStore } from "@prune/training/advanced";
import type { Format, Opened, OpenHow } from "./format.js";
import type { PruneOptions as Choice } from "./options/asked.js";
import type { TrainingConfig } from "./options/config.js";
import type { JobOptions, SizedJobOptions } from "./progress.js";
import type { Details } from "./prune.js";
import type { Application } from "./reports/application.js";
import type { Bench } from "./reports/bench.js";
import type { Evaluation } from "./reports/evaluation.js";
import type { Inspection } from "./reports/inspection.js";
import type { LosslessJobReport } from "./reports/lossless-report.js";
import type { PruneReport } from "./reports/prune-report.js";
import type { TrainReport } from "./reports/training-report.js";
import type { Verification } from "./reports/verification.js";
import type { StoredSamples } from "./samples/draw-samples.js";
import type { CurvesFile } from "./sensitivity/curves-file.js";
import type { Metric } from "./sensitivity/measure.js";
import type { NewFile, Store } from "./store/store.js";

/** A model by its path in the store, or an ONNX model as bytes. */
export type ModelSource = string | Uint8Array;

/** The formats that a workflow knows, and where its files lie. */
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

/** A pruning as a job: what is asked of it, and where its results go. */
export interface PruneJob extends Choice, Targets, JobOptions {
  /** What was removed, in the original's coordinates, as JSON. */
  readonly recipe?: string | undefined;
  /** What else is written with them, at paths that `writes` names. */
  readonly also?: (report: PruneReport, details: Details) => readonly NewFile[];
  readonly writes?: readonly string[] | undefined;
  /** Files that were read for these options, which nothing may take the place of. */
  readonly reads?: readonly string[] | undefined;
}

/** A job that removes what changes no output: where results go, and whether outputs are compared first. */
export interface LosslessJob extends Targets, SizedJobOptions {
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
  readonly bytes: ModelBytes;
}

/** What a pruning made. */
export interface PruneResult extends Result<PruneReport> {
  readonly recipe: Recipe;
}

/** The whole job of making models smaller, on the files of one store. */
export interface Workflow {
  readonly store: Store;
  /** Opens and traces a model. */
  open(source: ModelSource, options?: OpenOptions): Promise<Opened>;
  /**
   * Makes a model smaller: scores, plans, cuts, proves `cut = mask` in the runtime, times it, wins accuracy back, and
   * writes all files that are asked for at once.
   */
  prune(source: ModelSource, options?: PruneJob): Promise<PruneResult>;
  /** Refuses options that contradict each other, or that the model's format has no answer to; reads nothing. */
  check(source: ModelSource, options: PruneJob): void;
  /** Removes what changes no output, and nothing else. */
  lossless(source: ModelSource, options?: LosslessJob): Promise<Result<LosslessJobReport>>;
  /** What can be cut of a model, and what can't, with the reason. */
  inspect(source: ModelSource, options?: OpenOptions): Promise<Inspection>;
  /** Cuts what a recipe of the store says out of its model, or out of the same network in another format. */
  apply(source: ModelSource, options: ApplyOptions): Promise<Result<Application>>;
  /** Checks a smaller model of the store against the original and the recipe of what was removed. */
  verify(source: ModelSource, smaller: string, options: VerifyOptions): Promise<Verification>;
  /** How the answers suffer when units of one layer leave, layer by layer. */
  sensitivity(source: ModelSource, options: SensitivityJob): Promise<CurvesFile>;
  /** How often a classifier of the store is right on labelled samples. */
  evaluate(path: string, samples: StoredSamples, options?: EvaluateOptions): Promise<Evaluation>;
  /** Trains a model by labels, by a teacher, or both; what is written is the step that was best on held-out samples. */
  train(source: ModelSource, options: TrainJob): Promise<Result<TrainReport>>;
  /** Times two models of the store, one run of each in turn. */
  bench(model: string, smaller: string, options?: BenchOptions): Promise<Bench>;
}

/** How a model is opened. */
export interface OpenOptions extends OpenHow, JobOptions {}

/** How a recipe is applied to a model, and where the result goes. */
export interface ApplyOptions extends Omit<Targets, "report">, SizedJobOptions {
  readonly recipe: string;
  /** @default true */
  readonly verify?: boolean;
}

/** How two models are compared, on how many inputs. */
export interface VerifyOptions extends SizedJobOptions {
  readonly recipe: string;
  /** Samples to check the law on, in place of random inputs. */
  readonly samples?: StoredSamples | undefined;
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
}

/** A measurement of what each axis alone can spare, on which samples and by which metric. */
export interface SensitivityJob
  extends Pick<Choice, "importance" | "reduction" | "normaliser" | "seed" | "ignore">,
    SizedJobOptions {
  readonly samples: StoredSamples;
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

/** The labelled samples that a model is judged by. */
export interface EvaluateOptions extends JobOptions {
  /** Samples per run where the model leaves that open. @default 100 */
  readonly batch?: number;
}

/** A training as a job: how a model is trained, on which samples, and where the result goes. */
export interface TrainJob extends TrainingConfig, Targets, JobOptions {
  readonly samples: StoredSamples;
  /** A model of the store to learn from; needs no labels. */
  readonly teacher?: string | undefined;
  /** For what is drawn. @default 1 */
  readonly seed?: number;
  /** Threads inside one operator. @default the runtime's own choice */
  readonly threads?: number;
  /** Where the run is kept, and gone on with. */
  readonly checkpoint?: CheckpointStore | undefined;
  /** What else is written with the model, at paths that `writes` names. */
  readonly also?: (report: TrainReport) => readonly NewFile[];
  readonly writes?: readonly (string | undefined)[] | undefined;
}

/** How long and how often models are timed. */
export interface BenchOptions extends SizedJobOptions {
  /** Time to spend on each model. @default 1 */
  readonly seconds?: number;
  /** Threads inside one operator. @default 1 */
  readonly threads?: number;
}
