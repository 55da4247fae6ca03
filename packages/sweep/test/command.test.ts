import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bundledCommand, ended, planFile, started, startedWorker } from "../../../tooling/sweep/command.js";
import type { SweepPlan } from "../src/plan/plan.js";
import { quick, recovered } from "./glyphs.js";
import { certificateIn, type DatabaseServer, noRedis, noTls, rights, startRedis } from "./servers.js";

const home = mkdtempSync(join(tmpdir(), "sweep-command-"));
const log = join(home, "log");
const secret = "aVerySecretWord";

const filesIn = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesIn(path) : [path];
  });

describe.skipIf(noRedis !== undefined)(
  `prune sweep and prune work as processes${noRedis === undefined ? "" : ` (skipped: ${noRedis})`}`,
  { timeout: 120_000 },
  () => {
    let redis: DatabaseServer;
    let command: string;
    const running: ReturnType<typeof started>[] = [];
    beforeAll(async () => {
      redis = await startRedis();
      const client = new Redis(redis.url);
      await client.config("SET", "requirepass", secret);
      client.disconnect();
      command = await bundledCommand();
    }, 60_000);
    afterEach(async () => {
      for (const child of running.splice(0)) {
        child.kill("SIGKILL");
        await ended(child);
      }
    });
    afterAll(async () => {
      await redis?.close();
      rmSync(home, { recursive: true });
    });

    test("say and write nothing of a password, and a worker that is told to stop ends by itself", async () => {
      const env = { PRUNE_QUEUE: redis.url.replace("redis://", `redis://:${secret}@`) };
      const worker = started(command, ["work", "--folder", join(home, "work")], log, env);
      running.push(worker);
      const out = join(home, "out");
      const sweep = started(command, ["sweep", planFile(home, quick), "-o", out], log, env);
      running.push(sweep);
      expect(await ended(sweep)).toBe(0);
      const [, pid = ""] = /works as process (\d+)/.exec(readFileSync(log, "utf8")) ?? [];
      if (process.platform === "linux") {
        // The process that works is another than the one that waits for it, and V8 has no threads in it.
        expect(Number(pid)).not.toBe(worker.pid);
        expect(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")).toContain("--single-threaded");
      }
      worker.kill("SIGTERM");
      expect(await ended(worker)).toBe(0);
      expect(() => process.kill(Number(pid), 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
      const files = filesIn(home);
      expect(files.some((path) => path.endsWith("sweep.html"))).toBe(true);
      for (const path of files) expect(readFileSync(path).includes(secret)).toBe(false);
    });

    test("give a candidate whose worker was killed in its middle to another, which ends it once", async () => {
      const env = { PRUNE_QUEUE: redis.url.replace("redis://", `redis://:${secret}@`) };
      const folder = join(home, "killed");
      mkdirSync(folder);
      const name = ["--queue-name", "killed"];
      const begin = (which: string) => {
        const file = join(folder, `${which}.log`);
        const args = ["--folder", join(folder, which), "--lock", "1", ...name];
        const child = startedWorker(command, args, file, env);
        running.push(child);
        const events = (): string[] => readFileSync(file, "utf8").match(/^[0-9a-f]{12} .*$/gm) ?? [];
        return { child, events };
      };
      // Some steps of training, so that there is a middle.
      const long: SweepPlan = {
        ...quick,
        options: { ...recovered, verify: false, train: "steps=8,batch=16" },
        grid: { ratio: [0.3] },
      };
      const out = join(folder, "out");
      const sweep = started(
        command,
        ["sweep", planFile(folder, long), "-o", out, ...name],
        join(folder, "sweep.log"),
        env,
      );
      running.push(sweep);
      const first = begin("first");
      await expect.poll(() => first.events().length, { timeout: 60_000, interval: 5 }).toBe(1);
      first.child.kill("SIGKILL");
      await ended(first.child);
      expect(first.events()).toEqual([expect.stringContaining("began")]);
      const client = new Redis(env.PRUNE_QUEUE);
      const [job = ""] = await client.lrange("bull:killed:active", 0, -1);
      expect(first.events()[0]).toContain(job.slice(0, 12));
      expect(await client.exists(`prune:outcomes:${job}`)).toBe(0);

      const second = begin("second");
      expect(await ended(sweep)).toBe(0);
      expect(second.events()).toEqual([
        `${job.slice(0, 12)} began`,
        expect.stringMatching(`^${job.slice(0, 12)} bytes `),
      ]);
      // BullMQ counts how often a job was left by its worker.
      expect(await client.hget(`bull:killed:${job}`, "stc")).toBe("1");
      const results = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
      expect(results.candidates).toMatchObject([{ outcome: { job, state: "done" } }]);
      expect(readFileSync(join(out, "journal.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(1);

      // Another coordinator that asks for it is told what is known.
      const other = started(
        command,
        ["sweep", planFile(folder, long), "-o", join(folder, "again"), ...name],
        join(folder, "again.log"),
        env,
      );
      running.push(other);
      expect(await ended(other)).toBe(0);
      expect(second.events()).toHaveLength(2);
      expect(await client.llen("bull:killed:active")).toBe(0);
      client.disconnect();
    });

    test("with a wrong password are refused, and don't say it", async () => {
      const wrong = join(home, "wrong.log");
      const env = { PRUNE_QUEUE: redis.url.replace("redis://", "redis://:aWrongWord@") };
      for (const args of [
        ["work", "--folder", join(home, "other")],
        ["sweep", planFile(home, quick), "-o", join(home, "other-out")],
      ]) {
        const child = started(command, args, wrong, env);
        running.push(child);
        expect(await ended(child)).toBe(1);
      }
      expect(readFileSync(wrong, "utf8")).toMatch(/WRONGPASS/);
      expect(readFileSync(wrong, "utf8")).not.toContain("aWrongWord");
    });
  },
);

describe.skipIf(noTls !== undefined)(
  `a queue over TLS${noTls === undefined ? "" : ` (skipped: ${noTls})`}`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), "sweep-tls-"));
    const word = "anotherSecretWord";
    let redis: DatabaseServer;
    let command: string;
    let authority: string;
    beforeAll(async () => {
      const certificate = certificateIn(folder);
      authority = certificate.authority;
      redis = await startRedis(certificate);
      const client = new Redis(redis.url, { tls: { ca: readFileSync(authority) } });
      // All that docs/sweeps.md says a user of the queue needs.
      await client.call("ACL", ["SETUSER", "worker", "on", `>${word}`, ...rights]);
      await client.call("ACL", ["SETUSER", "default", "off"]);
      client.disconnect();
      command = await bundledCommand();
    }, 60_000);
    afterAll(async () => {
      await redis?.close();
      rmSync(folder, { recursive: true });
    });

    test("whose authority is in the environment runs a sweep for a user of few rights, whose password is nowhere", async () => {
      const env = {
        PRUNE_QUEUE: redis.url.replace("rediss://", `rediss://worker:${word}@`),
        NODE_EXTRA_CA_CERTS: authority,
      };
      const out = join(folder, "out");
      const worker = startedWorker(
        command,
        ["--folder", join(folder, "work")],
        join(folder, "work.log"),
        env,
      );
      const sweep = started(
        command,
        ["sweep", planFile(folder, quick), "-o", out],
        join(folder, "sweep.log"),
        env,
      );
      try {
        expect(await ended(sweep)).toBe(0);
        worker.kill("SIGTERM");
        expect(await ended(worker)).toBe(0);
      } finally {
        for (const child of [sweep, worker]) child.kill("SIGKILL");
      }
      const { candidates } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
      for (const { outcome } of candidates) expect(outcome.state).toBe("done");
      expect(readFileSync(join(folder, "work.log"), "utf8")).not.toMatch(/NOPERM|certificate/i);
      for (const path of filesIn(folder)) expect(readFileSync(path).includes(word)).toBe(false);
    });

    test("whose certificate nobody vouches for is refused with the reason", async () => {
      const env = { PRUNE_QUEUE: redis.url.replace("rediss://", `rediss://worker:${word}@`) };
      const file = join(folder, "refused.log");
      const child = started(command, ["sweep", planFile(folder, quick), "-o", join(folder, "no")], file, env);
      expect(await ended(child)).toBe(1);
      const said = readFileSync(file, "utf8");
      expect(said).toMatch(/certificate/);
      expect(said).toMatch(/NODE_EXTRA_CA_CERTS/);
      expect(said).not.toContain(word);
    });
  },
);
