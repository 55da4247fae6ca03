import { readFile, stat } from "node:fs/promises";
import type { Redis } from "ioredis";
import { SweepError } from "../errors.js";
import { type ContentStore, checkHash } from "../files/store.js";

/** The most that one content may have in the database of a queue. */
const mostInQueue = 16 * 2 ** 20;

/** Seconds that contents stay which nobody removes. */
const age = 7 * 24 * 3600;

/** Small contents in Redis itself. */
export function redisStore(client: Redis): ContentStore {
  const file = (hash: string): string => `prune:files:${checkHash(hash)}`;
  const outcome = (job: string): string => `prune:outcomes:${checkHash(job)}`;
  return {
    name: "the queue",
    isShared: false,
    // What is asked for is needed from now on.
    has: async (hash) => (await client.expire(file(hash), age)) === 1,
    async get(hash) {
      const bytes = await client.getexBuffer(file(hash), "EX", age);
      return bytes === null ? undefined : asOne(bytes);
    },
    async put(hash, from) {
      await client.set(file(hash), await smallBytes(from), "EX", age);
    },
    remove: async (hash) => void (await client.del(file(hash))),
    outcome: async (job) => (await client.get(outcome(job))) ?? undefined,
    async noteOutcome(job, json) {
      const isFirst = (await client.set(outcome(job), json, "EX", age, "NX")) !== null;
      return isFirst ? json : ((await client.get(outcome(job))) ?? json);
    },
    async noteMade(files, job, json) {
      const all = await Promise.all(
        files.map(async (made) => [file(made.sha256), await smallBytes(made)] as const),
      );
      // One message, which Redis runs in order and flushes to its disk once.
      const message = client.pipeline();
      for (const [key, bytes] of all) message.set(key, bytes, "EX", age);
      message.set(outcome(job), json, "EX", age, "NX");
      const answers = (await message.exec()) ?? [];
      for (const [error] of answers) if (error) throw error;
      const isFirst = answers.at(-1)?.[1] === "OK";
      return isFirst ? json : ((await client.get(outcome(job))) ?? json);
    },
    async close() {
      client.disconnect();
    },
  };
}

export async function* asOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Contents for a database, which are small. */
export async function smallBytes(from: Uint8Array | { readonly path: string }): Promise<Buffer> {
  const size = from instanceof Uint8Array ? from.length : (await stat(from.path)).size;
  if (size > mostInQueue)
    throw new SweepError("too-large", {
      what: `${from instanceof Uint8Array ? "a content" : from.path} in bytes, for a store in the queue (add \`--store\` with a folder that all machines see, or an S3 bucket),`,
      size,
      most: mostInQueue,
    });
  return from instanceof Uint8Array ? Buffer.from(from) : readFile(from.path);
}
