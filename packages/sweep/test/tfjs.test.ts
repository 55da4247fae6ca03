import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  checkPlan,
  type Engine,
  embedded,
  runSweep,
  type SweepPlan,
  type Swept,
  writeResults,
} from "@prune/sweep";
import { resultsHash } from "@prune/sweep/advanced";
import { queueEngine, work } from "@prune/sweep/queue";
import { afterAll, describe, expect, test } from "vitest";
import { bundledThread } from "./bundle.js";
import { noRedis, startRedis } from "./servers.js";
import { writeGraphModel, writeImages, writeLayersModel } from "./tfjs-models.js";

const thread = await bundledThread();
const home = mkdtempSync(join(tmpdir(), "sweep-tfjs-"));
afterAll(() => rmSync(home, { recursive: true }));

const images = writeImages(join(home, "images.json"), 48);
const plan: SweepPlan = {
  models: [writeLayersModel(join(home, "layers")), writeGraphModel(join(home, "graph"))],
  list: [{ ratio: 0.25 }, { ratio: 0.5 }, { ratio: 0.5, data: images, seed: 1 }],
  measure: ["bytes", "gzip", "macs", "parameters", "agreement", "accuracy"],
  judge: { data: images, labels: "y" },
  // Of agreement, so that each model has one of its own.
  front: ["macs", "agreement"],
};

const swept = (folder: string, engine: () => Promise<Engine>): Promise<Swept> =>
  runSweep(checkPlan(plan), {
    folder,
    engine,
    finish: async (found, by) => void (await writeResults(folder, found, by)),
  });

const byThreads = (folder: string): Promise<Swept> =>
  swept(folder, () => embedded({ folder, threads: 1, thread }));

describe("a sweep of TensorFlow.js models", { timeout: 120_000 }, () => {
  test("cuts, refits and judges LayersModels and GraphModels, and writes whole models", async () => {
    const folder = join(home, "threads");
    const { points } = await byThreads(folder);
    const done = points.map(({ candidate, outcome }) => {
      if (outcome.state !== "done") throw new Error(outcome.message);
      return { candidate, ...outcome };
    });
    expect(done).toHaveLength(6);
    for (const { lawHolds, measures, original, model } of done) {
      expect(lawHolds).toBe(true);
      expect(model.map(({ path }) => path).at(-1)).toBe("model.json");
      for (const name of ["macs", "parameters"] as const)
        expect(measures[name]).toBeLessThan(original[name] as number);
      expect(original.agreement).toBe(1);
      expect(original.accuracy).toBeGreaterThan(0);
    }
    for (const [plain, half, refitted] of [done.slice(0, 3), done.slice(3)]) {
      expect(half?.measures.bytes).toBeLessThan(plain?.measures.bytes as number);
      expect(refitted?.measures.parameters).toBe(half?.measures.parameters);
      // It sees the samples that it is judged by: it can't be farther from the original on them.
      expect(refitted?.measures.agreement).toBeGreaterThanOrEqual(half?.measures.agreement as number);
      expect(refitted?.result).not.toBe(half?.result);
    }
    const { candidates } = JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
    const best = candidates.filter(({ front }: { front: boolean }) => front);
    expect(best.length).toBeGreaterThan(1);
    for (const { smaller } of best) {
      const { weightsManifest } = JSON.parse(readFileSync(join(folder, smaller), "utf8"));
      for (const shard of weightsManifest.flatMap(({ paths }: { paths: string[] }) => paths))
        expect(readFileSync(join(folder, dirname(smaller), shard)).length).toBeGreaterThan(0);
    }
  });

  test("gives the same whatever its thread ran before", async () => {
    const other = writeLayersModel(join(home, "other"), 4);
    const results = async (name: string, models: readonly string[]) => {
      const folder = join(home, name);
      const engine = () => embedded({ folder, threads: 1, thread });
      const { points } = await runSweep(checkPlan({ ...plan, models }), { folder, engine });
      return points
        .map(({ outcome }) => `${outcome.job} ${outcome.state === "done" && outcome.result}`)
        .sort();
    };
    const [first, second] = [
      [plan.models[0] as string, other],
      [other, plan.models[0] as string],
    ];
    expect(await results("second", second)).toEqual(await results("first", first));
  });

  test("times them beside the original", async () => {
    const folder = join(home, "timed");
    const timed = { models: plan.models, list: [{ ratio: 0.5 }], measure: ["milliseconds", "macs"] as const };
    const engine = () => embedded({ folder, threads: 1, thread });
    const { points } = await runSweep(checkPlan(timed), { folder, engine });
    for (const { outcome } of points) {
      if (outcome.state !== "done") throw new Error(outcome.message);
      const { measures, original, observed } = outcome;
      expect(measures.milliseconds).toBeGreaterThan(0);
      expect(original.milliseconds).toBe(observed.latency?.original);
      expect(observed.machine.runtime).toMatch(/^TensorFlow\.js 4/);
    }
  });

  test.skipIf(noRedis !== undefined)(
    `gives the same over a queue${noRedis === undefined ? "" : ` (skipped: ${noRedis})`}`,
    async () => {
      const redis = await startRedis();
      const ends = new AbortController();
      const worker = work({ url: redis.url, folder: join(home, "work"), thread, signal: ends.signal });
      try {
        const found = await swept(join(home, "queue"), () => queueEngine({ url: redis.url, lookEvery: 500 }));
        expect(resultsHash(found.points)).toBe(resultsHash((await byThreads(join(home, "again"))).points));
      } finally {
        ends.abort();
        await worker;
        await redis.close();
      }
    },
  );
});
