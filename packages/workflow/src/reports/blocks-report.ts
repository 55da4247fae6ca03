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
  /** What is left equals the original whose branches give zeros; null where that was not checked. */
  readonly law: LawReport | null;
}
