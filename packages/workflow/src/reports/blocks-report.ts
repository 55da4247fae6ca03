import type { LawReport } from "./law-report.js";

/** A residual branch, by the sum that it is added into. */
export interface BlockReport {
  readonly name: string;
  /** What it takes with it of the original. */
  readonly macs: number;
  readonly parameters: number;
}

/** Blocks that left whole. */
export interface BlocksReport {
  /** How many the model has. */
  readonly of: number;
  readonly removed: readonly BlockReport[];
  /** Inputs and outputs that hold caches and left with them, and new names of those of later layers. */
  readonly caches?: {
    readonly gone: readonly string[];
    readonly renamed: readonly { readonly before: string; readonly after: string }[];
    /** How many layers had a cache, and which of them, by their numbers, are left. */
    readonly layers: { readonly before: number; readonly left: readonly number[] };
  };
  /** What is left equals the original whose branches give zeros; null where that was not checked. */
  readonly law: LawReport | null;
}
