import type { Report } from "@prune/pruner";
import type { BasisReport } from "./basis-report.js";
import type { BlocksReport } from "./blocks-report.js";
import type { DataFreeReport } from "./data-free-report.js";
import type { KeepReport } from "./keep-report.js";
import type { LatencyReport } from "./latency-report.js";
import type { Checked } from "./law-report.js";
import type { LosslessPart } from "./lossless-report.js";
import type { RecoveryJobReport } from "./recovery-report.js";
import type { TrainingReport } from "./training-report.js";

/** What reading put in place of what contained it, in numbers. */
export interface InlinedCounts {
  /** Calls of local functions. */
  readonly functions: number;
  /** Ifs that take the same branch in every run. */
  readonly branches: number;
  /** Sequences of known length. */
  readonly sequences: number;
}

/** By what layers share what leaves: one ranking of all units, or ratios that were measured layer by layer. */
type Sharing = "global" | "sensitivity";

export interface AllocationReport {
  readonly by: Sharing;
  /** Of the answers on held-out samples, after recovery. */
  readonly errors: { readonly [By in Sharing]?: number };
}

/** What a pruning did, with all that was checked and won back. */
export interface PruneReport extends Omit<Report, "law">, Checked {
  readonly format: "prune-report/1";
  readonly model: string;
  readonly out: string;
  /** Bytes of the files, with external data. */
  readonly files: { readonly before: number; readonly after: number };
  /** Where the model had Ifs of one branch or local functions: the smaller model has their nodes instead. */
  readonly inlined?: InlinedCounts;
  /** Where streams were turned first: the recipe is of the turned model. */
  readonly basis?: BasisReport;
  /** Where blocks left whole, before units. */
  readonly blocks?: BlocksReport;
  /** Where two ways to share among layers were tried: the one taken, and the held-out error of each that met the budget. */
  readonly allocation?: AllocationReport;
  /** Where norms lost positions: what they take their statistics over, and how many they are. */
  readonly norms?: { readonly over: "live" | "masked"; readonly nodes: number };
  /** Where it was won back without data. */
  readonly dataFree?: DataFreeReport;
  /** Where samples were given, or made up. */
  readonly recovery?: RecoveryJobReport;
  /** Where it was trained after that. */
  readonly training?: TrainingReport;
  /** Where a model was searched for that holds something: every budget that was tried. */
  readonly keep?: KeepReport;
  /** Not where it was masked, or not to be run. */
  readonly latency?: LatencyReport;
  /** Where what changes no output was removed first. */
  readonly lossless?: LosslessPart;
}
