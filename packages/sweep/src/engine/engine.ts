import type { JobProgress } from "@prune/workflow";
import type { ContentStore } from "../files/store.js";
import type { LocalTree } from "../files/tree.js";
import type { Job } from "../job/job.js";
import type { JobOutcome } from "../job/outcome.js";

/** A job by its name. */
export interface NamedJob {
  readonly name: string;
  readonly job: Job;
}

/** What an engine reports while it runs jobs, and what ends it. */
export interface EngineEvents {
  /** A job ended; what it made is in the store. Comes once for each. */
  onOutcome(outcome: JobOutcome): void;
  onProgress?(job: string, progress: JobProgress): void;
  /** Ends jobs under way too. */
  readonly signal?: AbortSignal | undefined;
  /** After it no job begins; those under way end. */
  readonly until?: AbortSignal | undefined;
}

/** What runs jobs: threads of this process, or workers on any machine. */
export interface Engine {
  /** Where what jobs make is. */
  readonly store: ContentStore;
  /** Modules that criteria may come from. */
  readonly plugins: readonly string[];
  /** Runs jobs that read the trees, in any order, until each ended or a signal came. */
  run(jobs: readonly NamedJob[], trees: readonly LocalTree[], events: EngineEvents): Promise<void>;
  close(): Promise<void>;
}
