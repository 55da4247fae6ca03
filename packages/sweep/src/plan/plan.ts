import type { PruneConfig } from "@prune/workflow";
import type { SweepMeasure } from "./measure.js";

/**
 * Options of one candidate: those of `prune`, as data. What depends on a machine's speed (`target: { latency }`,
 * `latencyTable`, `threads`) or writes a file of its own (`curve`) has no place in a sweep, as a job must give the same
 * result wherever it runs.
 */
export interface CandidateOptions
  extends Omit<PruneConfig, "importance" | "latencyTable" | "threads" | "curve"> {
  /** A criterion by its name, or by the module that has it. @default "l2" */
  readonly importance?: NonNullable<PruneConfig["importance"]> | `module:${string}`;
  /** Remove what changes no output before that. @default false */
  readonly lossless?: boolean;
}

/** Samples that candidates are judged by. */
export interface JudgeSamples {
  readonly data: string;
  readonly dataConfig?: CandidateOptions["dataConfig"];
  readonly labels?: string;
  /** How many to draw at most. @default 1024 */
  readonly samples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** Values that an option may have: some to choose from, or a range. */
export type Dimension = readonly unknown[] | NumberRange;

/** Numbers that a candidate's option is drawn from, ends included. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
  /** Values are `from` and whole steps above it. */
  readonly step?: number;
  /** Draw evenly by magnitude; both ends have to be above 0. @default false */
  readonly log?: boolean;
}

/** What is searched, by option; `target.macs` is the option `macs` inside of `target`. */
export type Space = Readonly<Record<string, Dimension>>;

/** Successive halving (Jamieson and Talwalkar, 2016): many candidates cheaply, the best of them at more cost. */
export interface Halving {
  /** Samples for recovery and for judging, round by round. */
  readonly samples?: readonly number[];
  /** Seconds that a candidate may take, round by round. */
  readonly seconds?: readonly number[];
  /** The share that goes on to the next round. @default 1/3 */
  readonly keep?: number;
}

/** A sweep, as data: what is tried, on what, and what is measured. Paths start from the plan's folder. */
export interface SweepPlan {
  readonly format?: "prune-sweep/1";
  readonly models: readonly string[];
  /** Options of all candidates; a candidate's own come before them. */
  readonly options?: CandidateOptions;
  /** Candidates, one by one. */
  readonly list?: readonly CandidateOptions[];
  /** All combinations of these values, by option. */
  readonly grid?: Readonly<Record<string, readonly unknown[]>>;
  /** Candidates drawn at random. */
  readonly random?: { readonly space: Space; readonly count: number; readonly seed?: number };
  /** Candidates drawn where those before were best: Tree-structured Parzen Estimators. */
  readonly bayes?: {
    readonly space: Space;
    readonly count: number;
    readonly seed?: number;
    /** Candidates that are tried at once, without knowing of each other. @default 8 */
    readonly batch?: number;
  };
  /** @default ["bytes", "macs"], and agreement (and accuracy, with labels) where there are samples to judge by */
  readonly measure?: readonly SweepMeasure[];
  readonly judge?: JudgeSamples;
  /** What no candidate of the front is worse in at once. @default macs and accuracy, agreement or bytes */
  readonly front?: readonly SweepMeasure[];
  readonly halving?: Halving;
  /** Seconds after which no other candidate begins. */
  readonly seconds?: number;
  /** Seconds that one candidate may take; a halving has its own. */
  readonly jobSeconds?: number;
}

/** A checked plan, with what it leaves open filled in. */
export interface CheckedPlan extends SweepPlan {
  readonly measure: readonly SweepMeasure[];
  readonly front: readonly SweepMeasure[];
}
