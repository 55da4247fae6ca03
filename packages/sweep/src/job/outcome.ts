import type { Measures } from "../search/rank.js";

/** One kind of machine: only latencies of the same kind can be compared. */
export interface Machine {
  readonly processor: string;
  readonly runtime: string;
  readonly threads: number;
}

/** Milliseconds of one run, timed in turn with the original while no other latency was measured on the machine. */
export interface TimedLatency {
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  /** Median of the original. */
  readonly original: number;
}

/** What was seen while a job ran, which another run would see otherwise. */
export interface ObservedRun {
  readonly machine: Machine;
  /** Seconds that the job took. */
  readonly seconds: number;
  readonly latency?: TimedLatency;
}

/** A candidate that was made and measured. */
export interface Done {
  readonly state: "done";
  readonly job: string;
  /** sha256 of all that another run gives again: the model, the recipe, the measures but for milliseconds. */
  readonly result: string;
  readonly measures: Measures;
  /** The same of the original. */
  readonly original: Measures;
  /** The smaller model's files by sha256, with their names; the last is the one that a runtime opens. */
  readonly model: readonly { readonly path: string; readonly sha256: string }[];
  /** sha256 of what was removed; null where what changes no output was, which a recipe can't tell. */
  readonly recipe: string | null;
  /** Whether cut = mask was checked and holds. */
  readonly lawHolds: boolean;
  readonly observed: ObservedRun;
}

/** A candidate that can't be: `refused` for what it asks, `failed` for what happened to it. */
export interface Missed {
  readonly state: "refused" | "failed";
  readonly job: string;
  readonly code: string;
  readonly message: string;
}

/** What became of a job: done, or missed with the reason. */
export type JobOutcome = Done | Missed;

/** What another run gives again, to compare: of a refusal its code. */
export const resultOf = (outcome: JobOutcome): string =>
  outcome.state === "done" ? outcome.result : `${outcome.state} ${outcome.code}`;
