import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPlan, embedded, runSweep, type SweepPlan, type Swept, writeResults } from "@prune/sweep";
import { resultsHash } from "@prune/sweep/advanced";
import { queueEngine, type WorkEvent, type WorkOptions, work } from "@prune/sweep/queue";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sha256 } from "../src/job/canonical.js";
import { addressOf, masked, withoutSecrets } from "../src/queue/address.js";
import { connect, jobOptions } from "../src/queue/connect.js";
import { bundledThread } from "./bundle.js";
import { quick } from "./glyphs.js";
import { s3, secret } from "./s3.js";
import { type DatabaseServer, noPostgres, noRedis, startPostgres, startRedis } from "./servers.js";

const thread = await bundledThread();
const home = mkdtempSync(join(tmpdir(), "sweep-queue-"));
afterAll(() => rmSync(home, { recursive: true }));
let count = 0;
const fresh = (): string => join(home, String(count++));

/** A worker in this process; `close` ends it once what it has begun is done. */
function worker(options: Pick<WorkOptions, "url"> & Partial<WorkOptions>) {
  const ends = new AbortController();
  const heard: WorkEvent[] = [];
  const done = work({
    folder: fresh(),
    thread,
    signal: ends.signal,
    lockDuration: 5000,
    onEvent: (event) => heard.push(event),
    ...options,
  });
  return {
    heard,
    of: (kind: WorkEvent["kind"]) => heard.filter((event) => event.kind === kind),
    async close() {
      ends.abort();
      await done;
    },
  };
}

const swept = (plan: SweepPlan, url: string, folder = fresh(), store?: string): Promise<Swept> =>
  runSweep(checkPlan(plan), {
    folder,
    engine: () => queueEngine({ url, store, lookEvery: 500 }),
    finish: async (found, engine) => void (await writeResults(folder, found, engine)),
  });

let expected: string;
beforeAll(async () => {
  const folder = fresh();
  expected = resultsHash(
    (await runSweep(checkPlan(quick), { folder, engine: () => embedded({ folder, threads: 1, thread }) }))
      .points,
  );
});

describe("an address", () => {
  test("is shown without what is secret in it", () => {
    const url = "rediss://me:s%40cret@host:6380/1?key=abc";
    expect(masked(url)).toBe("rediss://me:***@host:6380/1?key=***");
    expect(withoutSecrets(`can't reach ${url}: password s@cret (s%40cret) is wrong`, url)).not.toMatch(
      /s@cret|s%40cret|abc/,
    );
    expect(masked("secret")).not.toContain("secret");
  });

  test("with a password is taken from the environment alone", () => {
    expect(() => addressOf("redis://:secret@host:6379", undefined)).toThrow(
      expect.objectContaining({ code: "bad-queue", message: expect.not.stringContaining("secret") }),
    );
    expect(addressOf(undefined, "redis://:secret@host:6379")).toMatchObject({
      kind: "redis",
      masked: "redis://:***@host:6379",
    });
    expect(() => addressOf("http://host", undefined)).toThrow(expect.objectContaining({ code: "bad-queue" }));
    expect(() => addressOf(undefined, undefined)).toThrow(expect.objectContaining({ code: "bad-queue" }));
  });
});

const databases = [
  { name: "Redis", why: noRedis, start: startRedis },
  { name: "PostgreSQL", why: noPostgres, start: startPostgres },
] as const;

for (const { name, why, start } of databases)
  describe.skipIf(why !== undefined)(
    `a sweep over ${name}${why === undefined ? "" : ` (skipped: ${why})`}`,
    { timeout: 120_000 },
    () => {
      let server: DatabaseServer;
      beforeAll(async () => {
        server = await start();
      });
      afterAll(() => server?.close());

      test("gives what the embedded engine gives, and a second sweep of the same runs nothing", async () => {
        const at = fresh();
        const mine = worker({ url: server.url, folder: at });
        const folder = fresh();
        const found = await swept(quick, server.url, folder);
        expect(resultsHash(found.points)).toBe(expected);
        expect(mine.of("ended")).toHaveLength(4);
        expect(readdirSync(join(folder, "models")).length).toBeGreaterThan(0);
        const again = await swept(quick, server.url);
        expect(resultsHash(again.points)).toBe(expected);
        expect(mine.of("began")).toHaveLength(4);
        await mine.close();
        expect(mine.of("trouble")).toEqual([]);
        // What it made is in the store: only the cache of inputs stays.
        expect(
          readdirSync(at)
            .filter((entry) => !entry.startsWith("scratch-"))
            .sort(),
        ).toEqual(["lists", "trees"]);
      });
    },
  );

describe.skipIf(noRedis !== undefined)(
  `a queue${noRedis === undefined ? "" : ` (skipped: ${noRedis})`}`,
  () => {
    let server: DatabaseServer;
    beforeAll(async () => {
      server = await startRedis();
    });
    afterAll(() => server?.close());

    test("keeps a file for another week whenever it is fetched", async () => {
      const { Redis } = await import("ioredis");
      const { redisStore } = await import("../src/queue/redis-store.js");
      const client = new Redis(server.url);
      const store = redisStore(client);
      try {
        const bytes = new TextEncoder().encode("an input");
        const hash = sha256(bytes);
        await store.put(hash, bytes);
        await client.expire(`prune:files:${hash}`, 60);
        expect(await store.get(hash)).toBeDefined();
        expect(await client.ttl(`prune:files:${hash}`)).toBeGreaterThan(6 * 24 * 3600);
      } finally {
        await store.close();
      }
    });

    test("that is not there is refused, without its password", async () => {
      process.env.PRUNE_QUEUE = "redis://:secret@127.0.0.1:1";
      try {
        await expect(queueEngine({ patience: 300 })).rejects.toMatchObject({
          code: "bad-queue",
          message: expect.not.stringContaining("secret"),
        });
      } finally {
        delete process.env.PRUNE_QUEUE;
      }
    });

    test("brings a job that is not what its name says to an end, and nothing of it is opened", async () => {
      const connected = await connect(addressOf(server.url), "wrong");
      const queue = connected.queue();
      const name = "0".repeat(64);
      const mine = worker({ url: server.url, name: "wrong" });
      await queue.add("candidate", { format: "prune-job/1" } as never, jobOptions(name));
      await expect.poll(() => queue.getJobState(name), { timeout: 15_000 }).toBe("failed");
      expect((await queue.getJob(name))?.attemptsMade).toBe(1);
      await mine.close();
      await queue.close();
      expect(mine.of("began")).toEqual([]);
    });

    test("lets a worker that is told to stop end what it has begun; another goes on", async () => {
      const plan: SweepPlan = { ...quick, grid: { importance: ["l1"], ratio: [0.1, 0.15, 0.2, 0.25] } };
      const first = worker({ url: server.url, name: "stop" });
      const folder = fresh();
      const found = runSweep(checkPlan(plan), {
        folder,
        engine: () => queueEngine({ url: server.url, name: "stop", lookEvery: 300 }),
      });
      await expect.poll(() => first.of("began").length, { timeout: 25_000, interval: 5 }).toBeGreaterThan(0);
      await first.close();
      expect(first.of("ended")).toHaveLength(first.of("began").length);
      const second = worker({ url: server.url, name: "stop" });
      expect(await found).toMatchObject({ ended: "done", ran: 4 });
      expect(first.of("ended").length + second.of("ended").length).toBe(4);
      await second.close();
    });

    test("that loses jobs gets them again, and says how far candidates are", async () => {
      const folder = fresh();
      const plan: SweepPlan = { ...quick, grid: { ratio: [0.35, 0.45] } };
      const heard: string[] = [];
      const notes: string[] = [];
      const found = runSweep(checkPlan(plan), {
        folder,
        engine: () =>
          queueEngine({ url: server.url, name: "lost", lookEvery: 200, onNote: (note) => notes.push(note) }),
        onProgress: (_, { step }) => heard.push(step),
      });
      const queue = (await connect(addressOf(server.url), "lost")).queue();
      await expect.poll(() => queue.getWaitingCount(), { timeout: 15_000 }).toBe(2);
      await queue.obliterate({ force: true });
      await expect.poll(() => queue.getWaitingCount(), { timeout: 15_000 }).toBe(2);
      await queue.close();
      await expect.poll(() => notes.length, { timeout: 15_000 }).toBe(1);
      const mine = worker({ url: server.url, name: "lost", progressEvery: 0 });
      expect(await found).toMatchObject({ ended: "done", ran: 2 });
      await mine.close();
      expect(heard).toContain("trace");
    });

    test("whose worker answers with something else ends the sweep with what is wrong", async () => {
      const connected = await connect(addressOf(server.url), "liar");
      const liar = connected.worker(async () => ({ state: "done", job: "../../x" }) as never, {});
      const plan: SweepPlan = { ...quick, grid: { ratio: [0.35] } };
      const found = runSweep(checkPlan(plan), {
        folder: fresh(),
        engine: () => queueEngine({ url: server.url, name: "liar", lookEvery: 200 }),
      });
      await expect(found).rejects.toMatchObject({ code: "bad-job" });
      await liar.close();
      connected.close();
    });

    test("has a candidate tried three times that needs more than a worker may hold", async () => {
      const plan: SweepPlan = { ...quick, grid: { ratio: [0.33] } };
      const mine = worker({ url: server.url, name: "full", memory: 1 });
      const found = await runSweep(checkPlan(plan), {
        folder: fresh(),
        engine: () => queueEngine({ url: server.url, name: "full", lookEvery: 300 }),
      });
      expect(found.points[0]?.outcome).toMatchObject({
        state: "failed",
        message: expect.stringContaining("at most 1 are allowed"),
      });
      expect(mine.of("began")).toHaveLength(3);
      await mine.close();
    });

    test("paces a worker, and files of a shared folder stay", async () => {
      const store = fresh();
      const plan: SweepPlan = { ...quick, grid: { ratio: [0.3, 0.5] } };
      const mine = worker({ url: server.url, name: "pace", store, rate: 60 });
      const begin = performance.now();
      const found = await runSweep(checkPlan(plan), {
        folder: fresh(),
        engine: () => queueEngine({ url: server.url, name: "pace", store, lookEvery: 300 }),
      });
      expect(performance.now() - begin).toBeGreaterThan(1000);
      await mine.close();
      for (const { outcome } of found.points)
        if (outcome.state === "done")
          for (const { sha256 } of outcome.model)
            expect(existsSync(join(store, "files", sha256.slice(0, 2), sha256.slice(2)))).toBe(true);
    });

    test("whose files are in a bucket gives the same, and everything is there by its hash", async () => {
      const objects = new Map<string, Buffer>();
      const bucket = s3(objects);
      bucket.listen(0, "127.0.0.1");
      await once(bucket, "listening");
      const keys = {
        AWS_ACCESS_KEY_ID: "me",
        AWS_SECRET_ACCESS_KEY: secret,
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(bucket.address() as { port: number }).port}`,
      };
      for (const [name, value] of Object.entries(keys)) vi.stubEnv(name, value);
      try {
        const at = { url: server.url, name: "bucket", store: "s3://models/sweeps" };
        const mine = worker(at);
        const folder = fresh();
        const found = await runSweep(checkPlan(quick), {
          folder,
          engine: () => queueEngine({ ...at, lookEvery: 300 }),
          finish: async (swept, engine) => void (await writeResults(folder, swept, engine)),
        });
        await mine.close();
        expect(resultsHash(found.points)).toBe(expected);
        const files = [...objects].filter(([path]) => path.startsWith("/models/sweeps/files/"));
        // Four models and their recipes besides what they are made of.
        expect(files.length).toBeGreaterThan(8);
        for (const [path, bytes] of files) expect(path.split("/").at(-1)).toBe(sha256(bytes));
        expect(JSON.stringify([found, mine.heard])).not.toContain(secret);
      } finally {
        vi.unstubAllEnvs();
        bucket.close();
      }
    });
  },
);
