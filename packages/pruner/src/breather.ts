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

/** Milliseconds that may be computed without letting other work run. */
const held = 30;

/** To be awaited between steps: lets other work run if none could for a while, and ends where that is asked for. */
export function breather({ signal }: Watched): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < held) return;
    await new Promise<void>((resolve) => setTimeout(resolve));
    last = performance.now();
    signal?.throwIfAborted();
  };
}
