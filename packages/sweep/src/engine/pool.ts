import type { EventEmitter } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import type { JobProgress } from "@prune/workflow";
import { reasonOf, SweepError } from "../errors.js";
import type { Missed } from "../job/outcome.js";
import type { Made, Task } from "../job/run-job.js";
import type { ThreadAnswer, ThreadFailure } from "../thread.js";
import { threadFile } from "../thread-file.js";
import { dropLock } from "./lock.js";

export interface PoolOptions {
  /** Jobs at once, each on a thread of its own. @default 1 */
  readonly threads?: number;
  /** Where jobs make what they make. */
  readonly scratch: string;
  /** Modules that criteria may come from. @default none */
  readonly plugins?: readonly string[];
  /** Bytes that the process may hold: a job that goes beyond is lost. @default no limit */
  readonly memory?: number | undefined;
  /** The lock that latencies of this machine are measured under. @default in the folder of temporary files, of this user */
  readonly machineLock?: string | undefined;
  /** The file that threads run, where it is bundled. @default this package's */
  readonly thread?: URL | undefined;
}

export interface RunOptions {
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
  /** Milliseconds between two reports of progress, also until the first. @default 100 */
  readonly progressEvery?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of a task; `lost` where its thread ended, so that it may be run again. */
export type Ran =
  | { readonly made: Made; done(): Promise<void> }
  | { readonly missed: Missed }
  | { readonly lost: string };

/** Threads that run jobs, one each. */
export interface Pool {
  readonly threads: number;
  readonly plugins: readonly string[];
  run(task: Pick<Task, "name" | "job" | "trees">, options?: RunOptions): Promise<Ran>;
  close(): Promise<void>;
}

/** MB of JavaScript objects without which a thread can't even start, and so could not say what is wrong. */
const leastHeap = 128;

/**
 * Milliseconds that a job has to end by itself. After them its thread is ended, which a runtime of native code that is
 * in the middle of a run may not survive, nor the process with it.
 */
const graceful = 15_000;

const usualLock = (): string =>
  join(process.env.PRUNE_MACHINE_LOCK ?? tmpdir(), `prune-latency-${userInfo().uid}.lock`);

/** Opens a pool. The threads share nothing with the caller, whose event loop stays free. */
export async function openPool({
  threads = 1,
  scratch,
  plugins = [],
  memory,
  machineLock = usualLock(),
  thread = threadFile(),
}: PoolOptions): Promise<Pool> {
  const { Tinypool } = await import("tinypool");
  await mkdir(scratch, { recursive: true });
  const pool = new Tinypool({
    filename: thread.href,
    name: "runTask",
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
    ...(memory !== undefined && {
      resourceLimits: { maxOldGenerationSizeMb: Math.max(leastHeap, Math.ceil(memory / 2 ** 20)) },
    }),
  } as ConstructorParameters<typeof Tinypool>[0]);
  // A thread that can't even load what it runs has no job to refuse: who waits for one has to hear of it, or waits for ever.
  const underWay = new Set<(why: string) => void>();
  (pool as unknown as EventEmitter).on("error", (error: unknown) => {
    for (const lose of underWay) lose(reasonOf(error));
  });
  return {
    threads,
    plugins,
    async run({ name, job, trees }, { onProgress, progressEvery = 100, signal } = {}) {
      const place = await mkdtemp(join(scratch, "job-"));
      const { port1, port2 } = new MessageChannel();
      if (onProgress) port1.on("message", onProgress);
      port1.unref();
      const task: Task = { name, job, trees, scratch: place, plugins, machineLock };
      const ends = new AbortController();
      let broken: string | undefined;
      const lose = (why: string): void => {
        broken ??= why;
        ends.abort();
      };
      underWay.add(lose);
      let grace: NodeJS.Timeout | undefined;
      const stop = (): void => {
        port1.postMessage("end");
        grace ??= setTimeout(() => ends.abort(), graceful);
      };
      const limits = watch(stop, { seconds: job.seconds, memory, signal });
      const cut = (): Ran | undefined => {
        signal?.throwIfAborted();
        const why = limits.why();
        // Another machine, or this one at another moment, may have room for it.
        if (why?.code === "out-of-memory") return { lost: why.message };
        return why && { missed: { state: "refused", job: name, ...why } };
      };
      const remove = (): Promise<void> => rm(place, { recursive: true, force: true });
      try {
        const answer = (await pool.run(
          { task, port: port2, ...(onProgress && { progressEvery }) },
          { signal: ends.signal, transferList: [port2] },
        )) as ThreadAnswer;
        if ("made" in answer) return { made: answer.made, done: remove };
        await remove();
        const ended = cut();
        if (ended) return ended;
        const { error } = answer;
        if (isRefusal(error))
          return {
            missed: { state: "refused", job: name, code: error.code, message: error.message },
          };
        return { lost: error.message };
      } catch (error) {
        dropLock(machineLock, name);
        await remove();
        const ended = cut();
        if (ended) return ended;
        if (broken !== undefined) throw new SweepError("thread-lost", { why: broken });
        return { lost: reasonOf(error) };
      } finally {
        underWay.delete(lose);
        limits.end();
        clearTimeout(grace);
        port1.close();
      }
    },
    close: async () => pool.destroy(),
  };
}

/** Says when a job has to stop, and remembers why. */
function watch(
  stop: () => void,
  {
    seconds,
    memory,
    signal,
  }: {
    readonly seconds: number | undefined;
    readonly memory: number | undefined;
    readonly signal: AbortSignal | undefined;
  },
): { why(): Pick<Missed, "code" | "message"> | undefined; end(): void } {
  let why: Pick<Missed, "code" | "message"> | undefined;
  const end = (code: string, message: string): void => {
    why ??= { code, message };
    stop();
  };
  const timer =
    seconds === undefined
      ? undefined
      : setTimeout(() => end("out-of-time", `It took more than ${seconds} s.`), 1000 * seconds);
  const measure = (): void => {
    const used = process.memoryUsage.rss();
    if (memory !== undefined && used > memory)
      end("out-of-memory", `The worker held ${used} bytes, and at most ${memory} are allowed.`);
  };
  // At once too: a small candidate may end before the first turn.
  if (memory !== undefined) measure();
  const meter = memory === undefined ? undefined : setInterval(measure, 100);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  return {
    why: () => why,
    end() {
      clearTimeout(timer);
      clearInterval(meter);
      signal?.removeEventListener("abort", stop);
    },
  };
}

/** What the packages refuse is a fact about the candidate; all else may be of this moment, or of this machine. */
const isRefusal = ({ package: owner, code, isLate = false }: ThreadFailure): boolean =>
  owner === "@prune/sweep"
    ? code === "bad-job"
    : owner !== undefined && owner !== "@prune/files" && !passing.has(code) && !isLate;

const passing: ReadonlySet<string> = new Set(["unreadable-file", "unwritable-file"]);
