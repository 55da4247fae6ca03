import type { Importance } from "@prune/graph";
import type { Job } from "./progress.js";

/** Milliseconds that scoring may keep the thread. */
const longest = 50;

/** The same criterion, which lets others have the thread between families, and ends with the job. */
export function cancellable(importance: Importance, job: Job): Importance {
  let since = performance.now();
  return {
    ...importance,
    async score(family, probe) {
      if (performance.now() - since > longest) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        since = performance.now();
      }
      job.signal?.throwIfAborted();
      return importance.score(family, probe);
    },
  };
}
