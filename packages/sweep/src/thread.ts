import type { MessagePort } from "node:worker_threads";
import { PruneError } from "@prune/errors";
import type { Progress } from "@prune/workflow";
import { type Made, runJob, type Task } from "./job/run-job.js";

/** What became of a task in a thread: errors lose their codes on the way between threads. */
export type Answer =
  | { readonly made: Made }
  | {
      readonly error: {
        readonly package: string | undefined;
        readonly code: string;
        readonly message: string;
      };
    };

/** What a thread of an engine runs; `port` hears of progress, and a message on it ends the job. */
export async function run({
  task,
  port,
}: {
  readonly task: Task;
  readonly port: MessagePort;
}): Promise<Answer> {
  const ends = new AbortController();
  port.on("message", () => ends.abort());
  try {
    const onProgress = (progress: Progress): void => port.postMessage(progress);
    return { made: await runJob(task, { onProgress, signal: ends.signal }) };
  } catch (error) {
    if (PruneError.is(error))
      return { error: { package: error.package, code: error.code, message: error.message } };
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { error: { package: undefined, code: "internal", message } };
  } finally {
    port.close();
  }
}
