import type { Cost } from "@prune/graph";
import type { ChangedEnd } from "@prune/graph/advanced";
import type { BlocksReport } from "./blocks-report.js";
import type { Checked } from "./law-report.js";

/** What became of one graph of a folder. */
export interface PrunedGraph extends Checked {
  /** Inside the folder. */
  readonly path: string;
  readonly before: Cost;
  readonly after: Cost;
  /** Bytes of its files. */
  readonly files: { readonly before: number; readonly after: number };
  /** Inputs and outputs that got smaller. */
  readonly ends: readonly ChangedEnd[];
  /** Blocks that left it whole. */
  readonly blocks?: BlocksReport;
}

/** What pruning a model folder did. */
export interface FolderReport {
  readonly format: "prune-folder/1";
  readonly model: string;
  readonly out: string;
  /** The one that was planned on first. */
  readonly graphs: readonly PrunedGraph[];
  /** Configurations, the sizes that changed in them by key, and those that no number says any more. */
  readonly configs: readonly {
    readonly path: string;
    readonly changes: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
    readonly unsaid: readonly string[];
  }[];
  /** Files that are as they were. */
  readonly copied: readonly string[];
  /** Graphs that the new folder lacks, and why. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
}
