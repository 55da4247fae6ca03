import type { SizesByName } from "@prune/graph";

/** What a job is doing. */
export type JobStep =
  | "trace"
  | "activations"
  | "original"
  | "sensitivity"
  | "depth"
  | "basis"
  | "score"
  | "gates"
  | "cut"
  | "law"
  | "time"
  | "table"
  | "recover"
  | "recover-data-free"
  | "train"
  | "judge"
  | "confirm"
  | "lossless"
  | "equal"
  | "replay"
  | "measure"
  | "evaluate"
  | "write";

/** One event of a job: a step begins, or is as far as `done` of `total`. */
export interface JobProgress {
  readonly step: JobStep;
  /** Batches, layers, points or models, by the step. */
  readonly done?: number;
  readonly total?: number;
  /** What of the step is done, in words. */
  readonly detail?: string;
  /** The budget that it is done for, from 1; in a search for what holds. */
  readonly budget?: number;
}

/** What every job may be given: a signal that ends it, and who hears of its progress. */
export interface JobOptions {
  /** Aborting it ends the job with its reason; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
}

/** Options of a job on a model that may leave sizes open. */
export interface SizedJobOptions extends JobOptions {
  /** Sizes of what the model leaves open, by name: MACs are counted, and models run, at these. */
  readonly sizes?: SizesByName | undefined;
}

/** A job under way. */
export interface Job {
  readonly signal: AbortSignal | undefined;
  /** Reports how far a step is. */
  report(progress: JobProgress): void;
  /** Notes what was written before the job's own results. */
  wrote(what: string): void;
  readonly written: readonly string[];
  /** Begins a step: reports it, lets others have the thread first, and ends the job if it was aborted. */
  begin(step: JobStep): Promise<void>;
}

export function openJob({ signal, onProgress }: JobOptions): Job {
  const report = (progress: JobProgress): void => {
    signal?.throwIfAborted();
    onProgress?.(progress);
  };
  const written: string[] = [];
  return {
    signal,
    report,
    written,
    wrote: (what) => void written.push(what),
    async begin(step) {
      report({ step });
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    },
  };
}

/** The same job, whose events say for which budget they are. */
export const forBudget = (job: Job, budget: () => number): Job => ({
  ...job,
  report: (progress) => job.report({ ...progress, budget: budget() }),
});
