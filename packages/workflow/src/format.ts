import type { Backend, Cost, Cut, Probe, Removal, SizesByName, Trace } from "@prune/graph";
import type { Recipe, Target } from "@prune/pruner";
import type { JudgedModel, LearnScores } from "@prune/pruner/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import type { CheckpointStore } from "@prune/training/advanced";
import type { Evaluated } from "./evaluate.js";
import type { AskedPrune } from "./options/asked.js";
import type { Job } from "./progress.js";
import type { BasisReport } from "./reports/basis-report.js";
import type { Bench } from "./reports/bench.js";
import type { BlockReport, BlocksReport } from "./reports/blocks-report.js";
import type { DataFreeReport } from "./reports/data-free-report.js";
import type { Kind } from "./reports/inspection.js";
import type { Checked, LawReport } from "./reports/law-report.js";
import type { LosslessPart } from "./reports/lossless-report.js";
import type { InlinedCounts } from "./reports/prune-report.js";
import type { RecoveryJobReport } from "./reports/recovery-report.js";
import type { TrainingReport } from "./reports/training-report.js";
import type { Compared } from "./reports/verification.js";
import type { Drawn, StoredSamples } from "./samples/draw-samples.js";
import type { NewFile, NewModel, Store, StoreOutput } from "./store/store.js";
import type { Timing } from "./timing.js";
import type { LearningTime, TrainingHow } from "./training/training-config.js";

/** What not every format can be asked for. */
export type Feature =
  | "mask"
  | "measured-budgets"
  | "latency"
  | "keep"
  | "allocation"
  | "data-free"
  | "lossless"
  | "lead"
  | "logits"
  | "activations"
  | "training"
  | "io"
  | "norms"
  | "depth"
  | "basis"
  | "gradients"
  | "curvature";

/** A model format in a workflow: how its models are opened, checked, timed and recovered, in what runtime. */
export interface Format<Model = unknown, Edit = unknown> {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  /** Whether a file is of this format, by its name. */
  reads(path: string): boolean;
  /** Opens and traces a model. */
  open(path: string, store: Store, job: Job, how?: OpenHow): Promise<Opened<Model, Edit>>;
  /** Counts right answers on labelled samples. */
  evaluate(path: string, files: StoredSamples, how: EvaluateHow, store: Store, job: Job): Promise<Evaluated>;
  /** Times two models on the same random input. */
  bench?(paths: readonly [string, string], how: BenchHow, store: Store): Promise<Bench>;
}

export interface OpenHow {
  /**
   * Inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run, or
   * names, in which `*` stands for anything. @default none
   */
  readonly io?: string | readonly string[] | undefined;
  /** Sizes of what the model leaves open, by name: costs are counted, and models run, at these. */
  readonly sizes?: SizesByName | undefined;
}

export interface EvaluateHow {
  /** Samples per run where the model leaves that open. */
  readonly batch: number;
}

export interface BenchHow {
  /** Time to spend on each model. */
  readonly seconds: number;
  /** Threads inside one operator. */
  readonly threads: number;
  readonly sizes?: SizesByName | undefined;
}

export interface CompareHow {
  /** Samples to check the law on, in place of random inputs. */
  readonly samples?: StoredSamples | undefined;
  readonly seed: number;
}

/** A cut of an opened model. */
export interface Cutting<Edit> {
  readonly trace: Trace;
  readonly cut: Cut;
  readonly edit: Edit;
  /** Seconds that checking it may take; undefined: about 60, with one input whatever it takes. */
  readonly seconds?: number | undefined;
  /** Bytes of memory that checking may take. */
  readonly memory?: number | undefined;
}

/** What accuracy was won back to. */
export interface Recovered<Model> {
  readonly model: Model;
  readonly recovery: RecoveryJobReport;
}

export interface DataFreeRecovered<Model> {
  readonly model: Model;
  readonly dataFree: DataFreeReport;
  /** On made-up inputs. */
  readonly recovery?: RecoveryJobReport;
}

/** Samples, and what a criterion sees with their help. */
export interface Prepared {
  readonly samples?: Drawn | undefined;
  readonly probe?: ((cut: Cut) => Promise<Probe>) | undefined;
}

/** Models before and after, in memory. */
export interface Smaller<Model> {
  readonly original: Model;
  readonly smaller: Model;
  readonly cut: Cut;
}

export interface RecoverHow extends Pick<AskedPrune, "methods" | "seed"> {
  readonly labels?: Int32Array | undefined;
}

/** A model and what it is trained on. */
export interface Lesson<Model> {
  readonly student: Model;
  /** What the student was made by, where it takes other inputs than its teacher. */
  readonly cut?: Cut | undefined;
  /** A model to learn from, beside the labels or in place of them. */
  readonly teacher: Model | undefined;
  readonly samples: StoredSamples;
  readonly how: TrainingHow;
  readonly seed: number;
  /** Threads inside one operator. @default the runtime's own choice */
  readonly threads?: number | undefined;
  /** Where the run is kept, and gone on with. */
  readonly checkpoint?: CheckpointStore | undefined;
}

/** A trained model, and how it came about. */
export interface TrainedModel<Model> {
  readonly model: Model;
  readonly training: TrainingReport;
}

/** A model without what changes no output, opened as if it were the original. */
export interface LosslessOpened<Model, Edit> {
  readonly opened: Opened<Model, Edit>;
  readonly part: LosslessPart;
}

/** How cuts of a model are made, where that isn't the usual way: what a recipe's `form` holds. */
export interface Form {
  /** What norms over a cut axis take their statistics over. @default "live" */
  readonly norms?: "live" | "masked";
  /** Blocks that left whole, by their names. @default none */
  readonly blocks?: readonly string[];
  /** Whether caches of these blocks leave with them, as far as they may, and those of later layers count down. @default "stay" */
  readonly caches?: "stay" | "leave" | undefined;
}

/** What left whole of a model. */
export interface Gone extends Omit<BlocksReport, "law"> {
  /** Of the whole model. */
  readonly cost: Cost;
  /** Compares what is left with the whole model whose branches give zeros. */
  check(job: Job): Promise<LawReport>;
}

/** What was turned of a model. */
export interface Turned extends BasisReport {
  /** Of the model before that. */
  readonly cost: Cost;
}

export interface RankHow {
  /** How many blocks are wanted at most. */
  readonly count: number;
  /** Samples are drawn with it. */
  readonly seed: number;
}

/** One sample as a model takes it, and what the model made of it. */
export interface SampleAnswer {
  readonly feeds: ValuesByName;
  readonly outputs: ValuesByName;
  readonly label: number | undefined;
}

/** A model that was opened and traced, and what its format and runtime can do with it. */
export interface Opened<Model = unknown, Edit = unknown> {
  readonly path: string;
  readonly model: Model;
  readonly backend: Backend<Model>;
  readonly trace: Trace;
  /** The files that it was read from, with their sizes. */
  readonly files: readonly Pick<NewFile, "path" | "length">[];
  /** Where a smaller model goes if nobody says. */
  readonly usualOutput: string;
  readonly kind: Kind;
  /** What reading put in place of what contained it. */
  readonly inlined?: InlinedCounts | undefined;
  /** The same model, whose costs are counted at the sizes that samples have. */
  countedOn(samples: Drawn): Opened<Model, Edit>;
  /** Draws the samples that were asked for, and opens what shows them to the criterion. */
  prepare(asked: AskedPrune, store: Store, job: Job): Promise<Prepared>;
  /** The same model, cut in another form; throws where its format has none such. */
  formed?(form: Form): Opened<Model, Edit>;
  /** Residual branches that can leave whole, by their names, in order. */
  blocks?(): readonly BlockReport[];
  /** Names of those that leave first, by what the model's answers lose without them on samples. */
  rankBlocks?(files: StoredSamples, how: RankHow, store: Store, job: Job): Promise<readonly string[]>;
  /** The same network, its residual streams in the principal directions of samples; undefined if it has none to turn. */
  turned?(
    files: StoredSamples,
    how: Pick<RankHow, "seed">,
    store: Store,
    job: Job,
  ): Promise<Opened<Model, Edit> | undefined>;
  /** What was turned before it was opened. */
  readonly basis?: Turned;
  /** What left whole before it was opened. */
  readonly gone?: Gone;
  /** Nodes that take statistics over positions that a cut removes. */
  normsOver?(trace: Trace, cut: Cut): readonly string[];
  /** What leads from the model to a smaller one, checked. Throws rather than give an inconsistent one. */
  edit(trace: Trace, cut: Cut): Edit;
  /** The edited model in memory. */
  edited(edit: Edit): Model;
  /** A model as it is written: an edit of this one, or one that was made of it. */
  written(
    out: string,
    made: { readonly edit: Edit } | { readonly model: Model },
    store: Store,
  ): Promise<NewModel>;
  /** What is written to `out`, with the files that belong to it. */
  output(out: string, store: Store): Promise<StoreOutput>;
  /** What learns gates of units on samples: better scores than a criterion's. */
  gates?(how: GatesHow, store: Store, job: Job): Promise<LearnScores>;
  /** Checks the law `cut = mask`; throws if it is broken or can't be checked. */
  verify(cutting: Cutting<Edit>, job: Job): Promise<Checked>;
  /** Sets what would leave to zero. */
  zeroed?(removals: readonly Removal[]): Edit;
  /** Opens what times cuts. */
  timing?(how: TimingHow, store: Store, job: Job): Timing;
  /** Refits a smaller model to the original on samples, and checks the result's form. */
  recover?(smaller: Smaller<Model>, samples: Drawn, how: RecoverHow, job: Job): Promise<Recovered<Model>>;
  recoverDataFree?(
    smaller: Smaller<Model>,
    how: Pick<AskedPrune, "seed"> & {
      readonly method: NonNullable<AskedPrune["dataFree"]>;
      readonly samples?: Drawn | undefined;
    },
    job: Job,
  ): Promise<DataFreeRecovered<Model>>;
  /** Trains a model of the same format on samples of the store. */
  train?(lesson: Lesson<Model>, store: Store, job: Job): Promise<TrainedModel<Model>>;
  /** What the model answers to the first samples, one run each; `most` says how many. @default 1 */
  answers(samples: StoredSamples, store: Store): Promise<readonly SampleAnswer[]>;
  /** Judges models beside the original on samples. */
  judge?(samples: Pick<Drawn, "batches" | "labels">, job: Job): Promise<Judge<Model>>;
  /** Judges smaller models of the store beside this one, on samples of the store that are drawn and answered once. */
  judging?(
    samples: StoredSamples,
    how: { readonly seed: number },
    store: Store,
    job: Job,
  ): Promise<FileJudge>;
  /** Removes what changes no output, weights that are zero in effect first; checks that outputs are equal. */
  lossless?(verify: boolean, job: Job): Promise<LosslessOpened<Model, Edit>>;
  /** The original with all that a cut removes masked. */
  masked?(cut: Cut): Model;
  /** Compares a smaller model with what a recipe makes of this one. */
  compare(smaller: string, recipe: Recipe, how: CompareHow, store: Store, job: Job): Promise<Compared>;
  /** Class labels, where the model's first output is a row of scores for each sample. */
  classLabels?(labels: Int32Array | undefined): Int32Array | undefined;
}

/** Judges models beside the original, on samples. */
export interface Judge<Model> {
  /** @param cut what the model was made by, where its inputs follow from it */
  of(model: Model, cut?: Cut): Promise<JudgedSamples>;
}

/** Judges models of a store beside the original, on samples. */
export interface FileJudge {
  /** What the samples take in memory, in bytes. */
  readonly bytes: number;
  of(smaller: string, job: Job): Promise<JudgedSamples>;
}

/** How gates are learned. */
export interface GatesHow extends Pick<AskedPrune, "seed" | "threads"> {
  readonly samples: StoredSamples;
  readonly time: LearningTime;
  /** The trace that units are of. */
  readonly trace: Trace;
}

/** How a model does beside the original. */
export interface JudgedSamples extends JudgedModel {
  readonly kl: number;
  readonly error: number;
}

export interface TimingHow {
  readonly threads?: number | undefined;
  readonly latencyTable?: string | undefined;
  /** Whether the smaller model is run before it is written. */
  readonly verify: boolean;
  /** Bytes of memory that checking may take: of what would take more, two models at once are not timed. */
  readonly memory?: number | undefined;
  readonly target?: Target | undefined;
}
