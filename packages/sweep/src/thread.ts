import type { MessagePort } from "node:worker_threads";
import { PruneError } from "@prune/errors";
import type { JobProgress } from "@prune/workflow";
import { openKept } from "./job/kept.js";
import { type Made, runJob, type Task } from "./job/run-job.js";

/** What ended a task in a thread: errors lose their codes on the way between threads. */
export interface ThreadFailure {
  readonly package: string | undefined;
  readonly code: string;
  readonly message: string;
  /** It took longer than it was given: on a faster machine, or at another moment, it might not. */
  readonly isLate?: boolean;
}

/** What became of a task in a thread. */
export type ThreadAnswer = { readonly made: Made } | { readonly error: ThreadFailure };

const kept = openKept();

/** What a thread of an engine runs; `port` hears of progress, and a message on it ends the job. */
export async function runTask({
  task,
  port,
  progressEvery,
}: {
  readonly task: Task;
  readonly port: MessagePort;
  /** Milliseconds between two reports of progress, also until the first. @default no reports */
  readonly progressEvery?: number | undefined;
}): Promise<ThreadAnswer> {
  const ends = new AbortController();
  port.on("message", () => ends.abort());
  const report = (progress: JobProgress): void => port.postMessage(progress);
  const onProgress = progressEvery === undefined ? undefined : throttled(report, progressEvery);
  try {
    return { made: await runJob(task, { onProgress, signal: ends.signal, kept }) };
  } catch (error) {
    if (PruneError.is(error))
      return {
        error: {
          package: error.package,
          code: error.code,
          message: error.message,
          isLate: PruneError.is(error.cause, "law-late"),
        },
      };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { error: { package: undefined, code: "internal", message } };
  } finally {
    port.close();
  }
}

function throttled(report: (progress: JobProgress) => void, every: number): (progress: JobProgress) => void {
  let next = performance.now() + every;
  return (progress) => {
    const now = performance.now();
    if (now < next) return;
    next = now + every;
    report(progress);
  };
}
