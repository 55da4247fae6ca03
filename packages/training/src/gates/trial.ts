import type { Cut, Plan } from "@prune/graph";

/** Scores of units by family id, in the order of the family's units; low leaves first. */
export type UnitScores = ReadonlyMap<number, Float32Array>;

/** What is planned with: `learn` of @prune/pruner's `plan` hands it in. */
export interface GateTrial {
  /** What leaves by other scores for a part of what is asked for, from 0 to all of it. */
  suggest(scores: UnitScores, part?: number): Promise<{ readonly plan: Plan; readonly cut: Cut }>;
  /** What a cut leaves of that which the budget is on; undefined where a ratio is asked for. */
  readonly price?: ((cut: Cut) => number) | undefined;
}
