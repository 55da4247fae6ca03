/** What a pruning is doing: families scored, candidates tried, or the cut. */
export interface Progress {
  readonly step: "score" | "plan" | "cut" | "verify";
  readonly done: number;
  readonly total: number;
}

/** How a long call is watched, and ended. */
export interface Watched {
  /** Ends the pruning between two steps, with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}
