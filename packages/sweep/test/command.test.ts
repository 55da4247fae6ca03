import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { bundledCommand, ended, planFile, started } from "../../../tooling/sweep/command.js";
import { quick } from "./glyphs.js";
import { type DatabaseServer, noRedis, startRedis } from "./servers.js";

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
