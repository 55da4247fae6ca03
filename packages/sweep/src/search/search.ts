import type { JobOutcome } from "../job/outcome.js";
import type { CandidateOptions } from "../plan/plan.js";

/** One try: a model and options of its own. */
export interface Candidate {
  readonly model: string;
  readonly options: CandidateOptions;
  /** The round of a halving, from 0. */
  readonly round: number;
  /** Samples to judge by at most, where a halving says so. */
  readonly judged?: number | undefined;
  /** Seconds that it may take. */
  readonly seconds?: number | undefined;
}

/** A candidate and what became of it. */
export interface Trial {
  readonly candidate: Candidate;
  readonly outcome: JobOutcome;
}

/**
 * What is tried next, as a pure function of what was tried: all candidates of a batch are tried without knowing of each
 * other, and the batch after it sees them all, in order. So a sweep that starts again asks for the same candidates.
 */
export interface Search {
  /** No candidates: the search is over. */
  next(history: readonly Trial[]): readonly Candidate[];
  /** How many there will be at most. */
  readonly most: number;
}
