import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openPool, type Pool, type PoolOptions, type Ran } from "../engine/pool.js";
import { reasonOf, SweepError } from "../errors.js";
import { type ContentStore, noteMade } from "../files/store.js";
import type { PlacedTree } from "../files/tree.js";
import { fetchTree } from "../files/tree.js";
import { checkJob, type Job, refsOf } from "../job/job.js";
import type { JobOutcome } from "../job/outcome.js";
import { addressOf, withoutSecrets } from "./address.js";
import { type CandidateJob, connect, installed } from "./connect.js";
import type { QueueOptions } from "./engine.js";
import { openStore } from "./open-store.js";

/** The queue that a worker serves, its folder, and how much it takes on. */
export interface WorkOptions extends QueueOptions, Omit<PoolOptions, "scratch"> {
  /** The worker's own folder: a cache of inputs, and where candidates are made. It opens nothing outside of it. */
  readonly folder: string;
  /** Candidates that begin in a minute at most. @default no limit */
  readonly rate?: number | undefined;
  /** Milliseconds after which a job counts as left whose worker says nothing: it is renewed in half of them. @default 30000 */
  readonly lockDuration?: number | undefined;
  /** Milliseconds between two reports of a candidate's progress, also until the first. @default 1000 */
  readonly progressEvery?: number | undefined;
  /** Aborting it ends the worker once what it has begun is done. */
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: WorkEvent) => void) | undefined;
}

/**
 * What a worker says of itself: it listens, began or ended a job, found a job's outcome stored already, or met a
 * trouble that it gets over.
 */
export type WorkEvent =
  | { readonly kind: "ready" }
  | { readonly kind: "began"; readonly job: string }
  | { readonly kind: "ended"; readonly job: string; readonly outcome: JobOutcome }
  | { readonly kind: "known"; readonly job: string }
  | { readonly kind: "trouble"; readonly message: string };

/**
 * Works on a queue until the signal comes: takes jobs, fetches what they name by hash, runs them on threads of its own, and
 * stores what they make. A job that ended before, anywhere, is answered with what it gave.
 */
export async function work({
  url,
  name = "prune",
  store: place = "queue",
  folder,
  rate,
  lockDuration = 30_000,
  progressEvery = 1000,
  signal,
  onEvent = () => {},
  ...options
}: WorkOptions): Promise<void> {
  const address = addressOf(url);
  const connected = await connect(address, name);
  const { UnrecoverableError } = await installed("bullmq", () => import("bullmq"), "for a queue");
  const store = await openStore(place, connected);
  const pool = await openPool({ ...options, scratch: join(folder, `scratch-${process.pid}`) });
  const pace = paceOf(rate);
  const free = slots(pool.threads);
  // Whoever could change a cached file could change this process, too: each is checked once.
  const placed = new Map<string, Promise<PlacedTree>>();
  const placedTree = (tree: string): Promise<PlacedTree> => {
    const known = placed.get(tree) ?? fetchTree(store, tree, folder);
    placed.set(tree, known);
    known.catch(() => placed.delete(tree));
    return known;
  };
  const clean = (error: unknown): string => withoutSecrets(reasonOf(error), address.url);
  const process_ = async (queued: CandidateJob): Promise<JobOutcome> => {
    try {
      return await answered(queued, {
        store,
        pool,
        placedTree,
        forgetTrees: () => placed.clear(),
        pace,
        free,
        progressEvery,
        onEvent,
      });
    } catch (error) {
      onEvent({ kind: "trouble", message: clean(error) });
      const isFinal = error instanceof SweepError && (error.code === "bad-job" || error.code === "bad-name");
      const Failure = isFinal ? UnrecoverableError : Error;
      // Without a stack, which tells of this machine's folders.
      throw Object.assign(new Failure(clean(error)), { stack: "" });
    }
  };
  const worker = connected.worker(process_, {
    // One more than run: it is there when a thread is free, while what the last job made is stored.
    concurrency: pool.threads + 1,
    lockDuration,
    stalledInterval: lockDuration,
    // A job that takes its worker down with it, again and again, ends some time.
    maxStalledCount: 5,
    autorun: false,
  });
  worker.on("error", (error) => onEvent({ kind: "trouble", message: clean(error) }));
  const running = worker.run();
  onEvent({ kind: "ready" });
  await new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
    running.then(
      () => resolve(),
      () => resolve(),
    );
  });
  await worker.close();
  await running;
  await pool.close();
  await store.close();
  connected.close();
}

interface Hands {
  readonly store: ContentStore;
  readonly pool: Pool;
  /** A tree in the worker's folder. */
  readonly placedTree: (tree: string) => Promise<PlacedTree>;
  /** Looks at all trees again, as somebody may have removed their files. */
  readonly forgetTrees: () => void;
  readonly pace: () => Promise<void>;
  /** Waits until a thread is free; what it gives lets another have it. */
  readonly free: () => Promise<() => void>;
  readonly progressEvery: number;
  readonly onEvent: (event: WorkEvent) => void;
}

async function answered(
  queued: CandidateJob,
  { store, pool, placedTree, forgetTrees, pace, free, progressEvery, onEvent }: Hands,
): Promise<JobOutcome> {
  const name = queued.id ?? "";
  const job: Job = checkJob(queued.data, name);
  const known = await store.outcome(name);
  if (known !== undefined) {
    onEvent({ kind: "known", job: name });
    return JSON.parse(known) as JobOutcome;
  }
  const trees = Object.fromEntries(
    await Promise.all(
      [...new Set(refsOf(job).map(({ tree }) => tree))].map(
        async (tree) => [tree, await placedTree(tree)] as const,
      ),
    ),
  );
  const done = await free();
  let ran: Ran;
  try {
    await pace();
    onEvent({ kind: "began", job: name });
    ran = await pool.run(
      { name, job, trees },
      {
        progressEvery,
        onProgress: (progress) => void queued.updateProgress(progress as object).catch(() => {}),
      },
    );
  } finally {
    done();
  }
  if ("lost" in ran) {
    forgetTrees();
    throw new SweepError("thread-lost", { why: ran.lost });
  }
  const { files, outcome } = "missed" in ran ? { files: [], outcome: ran.missed } : ran.made;
  // Of two that ran it at once, both answer with what was noted first.
  const noted = JSON.parse(await noteMade(store, files, name, JSON.stringify(outcome))) as JobOutcome;
  if ("made" in ran) await ran.done();
  onEvent({ kind: "ended", job: name, outcome: noted });
  return noted;
}

/** Lets so many go on at once, in the order that they came. */
function slots(count: number): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let left = count;
  return async () => {
    if (left > 0) left--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return () => {
      const next = waiting.shift();
      if (next) next();
      else left++;
    };
  };
}

/** Lets so many begin in a minute, evenly. */
function paceOf(rate: number | undefined): () => Promise<void> {
  if (rate === undefined) return async () => {};
  let next = 0;
  return async () => {
    const now = performance.now();
    const begin = Math.max(now, next);
    next = begin + 60_000 / rate;
    await wait(begin - now);
  };
}
