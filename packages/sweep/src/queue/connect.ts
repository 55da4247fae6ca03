import { setTimeout as wait } from "node:timers/promises";
import type { JobsOptions, Queue, Job as QueuedJob, QueueEvents, Worker, WorkerOptions } from "bullmq";
import { reasonOf, SweepError } from "../errors.js";
import type { ContentStore } from "../files/store.js";
import type { Job } from "../job/job.js";
import type { JobOutcome } from "../job/outcome.js";
import { type Address, withoutSecrets } from "./address.js";

export type CandidateQueue = Queue<Job, JobOutcome>;
export type CandidateJob = QueuedJob<Job, JobOutcome>;

/** BullMQ on the database of an address. */
export interface Connected {
  queue(): CandidateQueue;
  events(): QueueEvents;
  worker(
    run: (job: CandidateJob) => Promise<JobOutcome>,
    options: Omit<WorkerOptions, "connection">,
  ): Worker<Job, JobOutcome>;
  /** Contents and outcomes in the database itself. */
  store(): Promise<ContentStore>;
  /** Ends the connections that are left: BullMQ closes only those that it opened. */
  close(): void;
}

/** Milliseconds until a database that does not answer counts as unreachable: one that starts beside this needs some. */
const usualPatience = 15_000;

/** What clients are needed for; each is an optional install. */
export async function installed<T>(module: string, load: () => Promise<T>, why: string): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SweepError("not-installed", { module, why });
  }
}

/**
 * Connects to a queue, once it answers.
 * @throws {SweepError} "bad-queue" where it does not, "not-installed".
 */
export async function connect(
  address: Address,
  name: string,
  patience: number = usualPatience,
): Promise<Connected> {
  const refuse = (error: unknown): SweepError<"bad-queue"> =>
    new SweepError("bad-queue", {
      url: address.masked,
      why: withoutSecrets(reasonOf(error), address.url).replace(/\.$/, ""),
    });
  try {
    return await (address.kind === "redis"
      ? redis(address.url, name, patience)
      : postgres(address.url, name, patience));
  } catch (error) {
    throw error instanceof SweepError ? error : refuse(error);
  }
}

/** Tries until a server answers or patience ends; one that answers with a refusal is not asked again. */
async function answered(patience: number, ask: () => Promise<void>): Promise<void> {
  for (const begin = performance.now(); ; await wait(250)) {
    try {
      return await ask();
    } catch (error) {
      const isLate = performance.now() - begin > patience;
      if (isUntrusted(error))
        throw new Error(
          `${reasonOf(error)}; name the file of the authority that signed its certificate in NODE_EXTRA_CA_CERTS`,
        );
      if (isLate || /NOAUTH|WRONGPASS|NOPERM|password|authentication|does not exist/i.test(reasonOf(error)))
        throw error;
    }
  }
}

/** Whether a server shows a certificate that nobody vouches for. */
const isUntrusted = (error: unknown): boolean =>
  /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/.test((error as NodeJS.ErrnoException)?.code ?? "");

async function redis(url: string, name: string, patience: number): Promise<Connected> {
  const bull = await installed("bullmq", () => import("bullmq"), "for a queue");
  const { Redis } = await installed("ioredis", () => import("ioredis"), "for a queue on Redis");
  await answered(patience, async () => {
    const probe = new Redis(url, {
      lazyConnect: true,
      connectTimeout: patience,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    let said: unknown;
    probe.on("error", (error) => {
      said ??= error;
    });
    try {
      await probe.connect();
      await probe.ping();
    } catch (error) {
      // The client's own is that the connection is closed; why, the server said before that.
      throw said ?? error;
    } finally {
      probe.disconnect();
    }
  });
  const connection = (): InstanceType<typeof Redis> => {
    const client = new Redis(url, {
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(2000, 100 * times),
    });
    client.on("error", () => {});
    return client;
  };
  const opened: InstanceType<typeof Redis>[] = [];
  const open = (): InstanceType<typeof Redis> => {
    const client = connection();
    opened.push(client);
    return client;
  };
  return {
    queue: () => new bull.Queue(name, { connection: open() as never }) as CandidateQueue,
    events: () => paced(new bull.QueueEvents(name, { connection: open() as never })),
    worker: (run, options) =>
      new bull.Worker(name, run as never, { ...options, connection: open() as never }) as Worker<
        Job,
        JobOutcome
      >,
    async store() {
      const { redisStore } = await import("./redis-store.js");
      return redisStore(open());
    },
    close() {
      for (const client of opened) client.disconnect();
    },
  };
}

async function postgres(url: string, name: string, patience: number): Promise<Connected> {
  const bull = await installed("bullmq", () => import("bullmq"), "for a queue");
  const { default: pg } = await installed("pg", () => import("pg"), "for a queue on PostgreSQL");
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: patience });
  pool.on("error", () => {});
  try {
    await answered(patience, async () => {
      const client = await pool.connect();
      try {
        // Safe to run by many at once, and nothing where it is done.
        await bull.runMigrations(client as never);
      } finally {
        client.release();
      }
    });
  } finally {
    await pool.end();
  }
  const { Queue, QueueEvents, Worker } = bull.withBackend(bull.createPostgresBackend);
  const connection = { connectionString: url, max: 4 };
  return {
    queue: () => new Queue(name, { connection }) as unknown as CandidateQueue,
    events: () => paced(new QueueEvents(name, { connection }) as unknown as QueueEvents),
    worker: (run, options) =>
      new Worker(name, run as never, { ...options, connection } as never) as unknown as Worker<
        Job,
        JobOutcome
      >,
    async store() {
      const { postgresStore } = await import("./postgres-store.js");
      return postgresStore(new pg.Pool({ connectionString: url, max: 4 }));
    },
    close: () => {},
  };
}

/** Milliseconds between two reads of events. */
const readEvery = 100;

/**
 * Has events read some at a time: each candidate makes four, and a read for each takes more of the processor than all that
 * is done about them. What is read from is told from the first that came, so that only after it is there anything to wait for.
 */
function paced(events: QueueEvents): QueueEvents {
  const reads = events as unknown as {
    readonly closing?: Promise<void>;
    checkConnectionError?<T>(read: () => Promise<T>, delay?: number): Promise<T | undefined>;
  };
  // BullMQ's own, and in no promise of it: without it, each event is read as it comes.
  if (!reads.checkConnectionError) return events;
  const readNow = reads.checkConnectionError.bind(events);
  let hasRead = false;
  reads.checkConnectionError = async (read, delay) => {
    if (hasRead) await wait(readEvery);
    if (reads.closing) return undefined;
    const found = await readNow(read, delay);
    hasRead = Boolean(found);
    return found;
  };
  return events;
}

/** How a candidate waits in a queue: by its own name, so that a second one of it is none. */
export const jobOptions = (name: string): JobsOptions => ({
  jobId: name,
  attempts: 3,
  backoff: { type: "exponential", delay: 1000 },
  // Long enough for a coordinator that comes back; what it noted it removes itself.
  removeOnComplete: { age: 7 * 24 * 3600 },
  removeOnFail: { age: 7 * 24 * 3600 },
});
