import { setTimeout as wait } from "node:timers/promises";
import type { QueueEvents } from "bullmq";
import type { Engine, EngineEvents, NamedJob } from "../engine/engine.js";
import { SweepError } from "../errors.js";
import { storeTree } from "../files/tree.js";
import type { Job } from "../job/job.js";
import type { JobOutcome } from "../job/outcome.js";
import { addressOf } from "./address.js";
import { type CandidateQueue, connect, jobOptions } from "./connect.js";
import { openStore } from "./open-store.js";

/** Which queue, and where what its jobs read and make is stored. */
export interface QueueOptions {
  /** `redis://...` or `postgres://...`, without a password. @default PRUNE_QUEUE of the environment */
  readonly url?: string | undefined;
  /** What the queue is called: sweeps may share one. @default "prune" */
  readonly name?: string | undefined;
  /** Where files are: a folder that all machines see, `s3://bucket/prefix`, or "queue" for small ones. @default "queue" */
  readonly store?: string | undefined;
}

/** Where the queue is that jobs are put into, and what is said when nobody works on it. */
export interface QueueEngineOptions extends QueueOptions {
  /** Modules that criteria may come from; workers have to allow them too. */
  readonly plugins?: readonly string[];
  /** Milliseconds without an outcome after which jobs that are not known to have ended are looked at. @default 5000 */
  readonly lookEvery?: number;
  /** Milliseconds that the queue may take to answer at first. @default 15000 */
  readonly patience?: number;
  /** Hears when nobody works, and of other things that a person may want to know. */
  readonly onNote?: (note: string) => void;
}

/** Jobs that are added or looked at in one go. */
const slice = 500;

/** Runs jobs on workers (`prune work`) that take them from a queue, on any number of machines. */
export async function queueEngine({
  url,
  name = "prune",
  store: place = "queue",
  plugins = [],
  lookEvery = 5000,
  patience,
  onNote,
}: QueueEngineOptions): Promise<Engine> {
  const address = addressOf(url);
  const connected = await connect(address, name, patience);
  const store = await openStore(place, connected);
  const queue = connected.queue();
  const events = connected.events();
  queue.on("error", () => {});
  events.on("error", () => {});
  const stored = new Set<string>();
  return {
    store,
    plugins,
    async run(jobs, trees, heard) {
      for (const tree of trees) {
        if (!stored.has(tree.ref.tree)) await storeTree(store, tree);
        stored.add(tree.ref.tree);
      }
      await drive({ queue, events, lookEvery, onNote }, jobs, heard);
    },
    async close() {
      await Promise.allSettled([events.close(), queue.close()]);
      await store.close();
      connected.close();
    },
  };
}

interface Parts {
  readonly queue: CandidateQueue;
  readonly events: QueueEvents;
  readonly lookEvery: number;
  readonly onNote: ((note: string) => void) | undefined;
}

/** Adds jobs and waits for them. Events say at once what ended; looks now and then find what events missed. */
async function drive(
  { queue, events, lookEvery, onNote }: Parts,
  jobs: readonly NamedJob[],
  { onOutcome, onProgress, signal, until }: EngineEvents,
): Promise<void> {
  const left = new Map<string, Job>(jobs.map(({ name, job }) => [name, job]));
  const finished = new AbortController();
  let fault: unknown;
  let isMoving = false;
  const settle = (name: string, outcome: JobOutcome): void => {
    if (!left.delete(name)) return;
    isMoving = true;
    try {
      onOutcome(outcome);
    } catch (error) {
      fault ??= error;
    }
    if (left.size === 0 || fault !== undefined) finished.abort();
  };
  const completed = ({ jobId, returnvalue }: { jobId: string; returnvalue: unknown }): void => {
    if (!left.has(jobId)) return;
    try {
      settle(jobId, outcomeOf(returnvalue, jobId));
    } catch (error) {
      fault ??= error;
      finished.abort();
    }
  };
  const failed = ({ jobId, failedReason }: { jobId: string; failedReason: string }): void => {
    if (left.has(jobId))
      settle(jobId, { state: "failed", job: jobId, code: "failed", message: failedReason });
  };
  const progress = ({ jobId, data }: { jobId: string; data: unknown }): void => {
    if (left.has(jobId) && isProgress(data)) onProgress?.(jobId, data);
  };
  events.on("completed", completed as never);
  events.on("failed", failed as never);
  events.on("progress", progress as never);
  const stopping = (): void => finished.abort();
  signal?.addEventListener("abort", stopping, { once: true });
  until?.addEventListener("abort", stopping, { once: true });
  try {
    await events.waitUntilReady();
    await add(queue, [...left]);
    // What failed in an earlier run gets another chance, once.
    for (let seen = 0; seen < jobs.length; seen += slice)
      await look(queue, left, settle, async (name, job) => {
        await queue.remove(name);
        await add(queue, [[name, job]]);
      });
    let isQuiet = false;
    while (left.size > 0 && !finished.signal.aborted && !signal?.aborted && !until?.aborted) {
      await wait(lookEvery, undefined, { signal: finished.signal }).catch(() => {});
      if (finished.signal.aborted) break;
      // While events come, they say all: what they missed is found once they pause.
      if (isMoving) {
        isMoving = false;
        continue;
      }
      await look(queue, left, settle);
      isMoving = false;
      const workers = await queue.getWorkersCount().catch(() => 1);
      if (workers === 0 && !isQuiet)
        onNote?.(`${left.size} candidates wait, and nobody works on this queue: start \`prune work\``);
      isQuiet = workers === 0;
    }
    if (left.size > 0 && fault === undefined) await withdraw(queue, left);
    // Those under way end, unless the sweep is to stop at once.
    while (left.size > 0 && fault === undefined && !signal?.aborted) {
      await look(queue, left, settle);
      if (left.size > 0) await wait(Math.min(lookEvery, 500));
    }
  } finally {
    signal?.removeEventListener("abort", stopping);
    until?.removeEventListener("abort", stopping);
    events.off("completed", completed as never);
    events.off("failed", failed as never);
    events.off("progress", progress as never);
  }
  if (fault !== undefined) throw fault;
}

async function add(queue: CandidateQueue, jobs: readonly (readonly [string, Job])[]): Promise<void> {
  for (let start = 0; start < jobs.length; start += slice)
    await queue.addBulk(
      jobs
        .slice(start, start + slice)
        .map(([name, data]) => ({ name: "candidate", data, opts: jobOptions(name) })),
    );
}

/**
 * Looks at some jobs that are not known to have ended, others each time, so that a look costs the same however many there
 * are; those that the queue lost are added again.
 */
async function look(
  queue: CandidateQueue,
  left: Map<string, Job>,
  settle: (name: string, outcome: JobOutcome) => void,
  onFailed?: (name: string, job: Job) => Promise<void>,
): Promise<void> {
  const some = [...left.keys()].slice(0, slice);
  const states = await Promise.all(some.map((name) => queue.getJobState(name)));
  const lost: (readonly [string, Job])[] = [];
  for (const [i, name] of some.entries()) {
    const job = left.get(name);
    if (!job) continue;
    left.delete(name);
    left.set(name, job);
    if (states[i] === "unknown") lost.push([name, job]);
    if (states[i] === "failed" && onFailed) await onFailed(name, job);
    else if (states[i] === "completed" || states[i] === "failed") {
      const found = await queue.getJob(name);
      if (states[i] === "completed" && found) settle(name, outcomeOf(found.returnvalue, name));
      else if (found)
        settle(name, {
          state: "failed",
          job: name,
          code: "failed",
          message: found.failedReason ?? "unknown",
        });
    }
  }
  await add(queue, lost);
}

/** Takes back what no worker has begun. */
async function withdraw(queue: CandidateQueue, left: Map<string, Job>): Promise<void> {
  for (const name of [...left.keys()]) {
    const state = await queue.getJobState(name);
    if (state === "active" || state === "completed" || state === "failed") continue;
    // Fails where a worker took it in between.
    const isGone = await queue.remove(name).then(
      (count) => count > 0,
      () => false,
    );
    if (isGone || state === "unknown") left.delete(name);
  }
}

/** What a worker returned, if it has the form of an outcome of that job. */
function outcomeOf(value: unknown, name: string): JobOutcome {
  const outcome = (typeof value === "string" ? JSON.parse(value) : value) as Partial<JobOutcome> | null;
  if (outcome?.job !== name || !["done", "refused", "failed"].includes(outcome.state ?? ""))
    throw new SweepError("bad-job", { why: `a worker returned no outcome of ${name}` });
  return outcome as JobOutcome;
}

const isProgress = (data: unknown): data is Parameters<NonNullable<EngineEvents["onProgress"]>>[1] =>
  typeof data === "object" && data !== null && "step" in data;
