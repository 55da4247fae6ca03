import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import {
  checkPlan,
  embedded,
  frontsOf,
  type JobOutcome,
  runSweep,
  type SweepPlan,
  type Swept,
  writeResults,
} from "@prune/sweep";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openJournal } from "../src/engine/journal.js";
import { isLock, takeLock } from "../src/engine/lock.js";
import { bundledThread } from "./bundle.js";
import { glyphs, quick, recovered } from "./glyphs.js";

const thread = await bundledThread();
const home = mkdtempSync(join(tmpdir(), "sweep-test-"));
afterAll(() => rmSync(home, { recursive: true }));
let folder: string;
let count = 0;
beforeEach(() => {
  folder = join(home, String(count++));
});

const refusal = (job: string): JobOutcome => ({ state: "refused", job, code: "x", message: "no" });

const swept = (
  plan: SweepPlan,
  options: Partial<Parameters<typeof runSweep>[1]> = {},
  how: { readonly memory?: number } = {},
): Promise<Swept> =>
  runSweep(checkPlan(plan), {
    folder,
    engine: () => embedded({ folder, threads: 1, thread, ...how }),
    ...options,
  });

describe("a journal", () => {
  test("forgets a torn last line, and goes on after it", async () => {
    const path = join(folder, "journal.jsonl");
    const first = openJournal(path);
    first.note(refusal("a"));
    first.note(refusal("b"));
    await first.close();
    const whole = readFileSync(path);
    for (let cut = 1; cut < 40; cut += 13) {
      writeFileSync(path, whole.subarray(0, whole.length - cut));
      const again = openJournal(path);
      expect([...again.outcomes.keys()]).toEqual(["a"]);
      again.note(refusal("b"));
      await again.close();
      expect(readFileSync(path)).toEqual(whole);
    }
    appendFileSync(path, "\0\0\0");
    const last = openJournal(path);
    expect([...last.outcomes.keys()]).toEqual(["a", "b"]);
    await last.close();
  });

  test("with a damaged line before the last is refused", async () => {
    const path = join(folder, "journal.jsonl");
    const first = openJournal(path);
    first.note(refusal("a"));
    first.note(refusal("b"));
    await first.close();
    const bytes = readFileSync(path);
    bytes[30] = (bytes[30] as number) ^ 1;
    writeFileSync(path, bytes);
    expect(() => openJournal(path)).toThrow(
      expect.objectContaining({ code: "damaged-journal", detail: { path, line: 1 } }),
    );
  });

  test("notes each job once", async () => {
    const path = join(folder, "journal.jsonl");
    const first = openJournal(path);
    first.note(refusal("a"));
    first.note(refusal("a"));
    await first.close();
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(1);
  });
});

describe("a lock", () => {
  test("is had by one, until it is released", () => {
    const path = join(folder, "lock");
    const lock = takeLock(path);
    expect(isLock(lock)).toBe(true);
    expect(takeLock(path)).toMatchObject({ pid: process.pid, host: hostname() });
    if (isLock(lock)) lock.release();
    const next = takeLock(path);
    expect(isLock(next)).toBe(true);
    if (isLock(next)) next.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test("of a process that is no more is taken over, also where its number came again", async () => {
    const path = join(folder, "lock");
    mkdirSync(folder);
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    for (const owner of [
      { pid: child.pid, token: "a" },
      { pid: process.pid, began: "another boot 1", token: "b" },
    ]) {
      writeFileSync(path, JSON.stringify({ host: hostname(), ...owner }));
      const lock = takeLock(path);
      expect(isLock(lock)).toBe(true);
      if (isLock(lock)) lock.release();
    }
    writeFileSync(path, JSON.stringify({ host: "elsewhere", pid: 1, token: "c" }));
    expect(takeLock(path)).toMatchObject({ host: "elsewhere" });
  });
});

describe("an embedded sweep", { timeout: 120_000 }, () => {
  test("makes a table, a front with its models, and recipes; a second start runs nothing", async () => {
    const finish = async (found: Swept, engine: Parameters<typeof writeResults>[2]): Promise<void> =>
      void (await writeResults(folder, found, engine));
    const first = await swept(quick, { finish });
    expect(first).toMatchObject({ ended: "done", ran: 4, known: 0 });
    const results = JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
    expect(results.candidates).toHaveLength(4);
    const best = results.candidates.filter(({ front }: { front: boolean }) => front);
    expect(best.length).toBeGreaterThan(0);
    for (const { smaller, outcome } of best)
      expect(readFileSync(join(folder, smaller)).length).toBe(outcome.measures.bytes);
    for (const { recipe } of results.candidates)
      expect(JSON.parse(readFileSync(join(folder, recipe), "utf8")).format).toBe("prune-recipe/1");
    expect(readFileSync(join(folder, "front.svg"), "utf8")).toContain("<svg");
    expect(readFileSync(join(folder, "sweep.html"), "utf8")).toContain("ratio=0.2");
    expect(readdirSync(join(folder)).sort()).toEqual([
      "files",
      "front.json",
      "front.svg",
      "journal.jsonl",
      "models",
      "recipes",
      "results.json",
      "sweep.html",
    ]);

    const second = await swept(quick);
    expect(second).toMatchObject({ ended: "done", ran: 0, known: 4 });
    expect(second.points).toEqual(first.points);
    // A store that forgot what candidates made keeps no sweep from its end.
    for (const made of ["files", "recipes"]) rmSync(join(folder, made), { recursive: true });
    expect(await swept(quick, { finish })).toMatchObject({ ended: "done", ran: 0, known: 4 });
    const left = JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
    expect(left.sha256).toBe(results.sha256);
    expect(left.candidates.every((each: object) => !("recipe" in each || "smaller" in each))).toBe(true);
    const grown = await swept({ ...quick, grid: { ...quick.grid, ratio: [0.2, 0.3, 0.4] } });
    expect(grown).toMatchObject({ ran: 2, known: 4 });
  });

  test("gives the same results on one thread and on two", async () => {
    const plan: SweepPlan = {
      ...quick,
      options: { ...recovered },
      grid: { importance: ["l2", "wanda"], ratio: [0.3] },
    };
    const one = await swept(plan);
    folder = join(home, "two");
    const two = await swept(plan, { engine: () => embedded({ folder, threads: 2, thread }) });
    const results = (found: Swept) =>
      found.points.map(({ outcome }) => (outcome.state === "done" ? outcome.result : outcome.code));
    expect(results(two)).toEqual(results(one));
    expect(one.points.every(({ outcome }) => outcome.state === "done" && outcome.lawHolds)).toBe(true);
  });

  test("on a folder that another uses is refused", async () => {
    const lock = takeLock(join(folder, "lock"));
    await expect(swept(quick)).rejects.toMatchObject({ code: "in-use" });
    if (isLock(lock)) lock.release();
  });

  test("notes what can't be made, and options that contradict each other before anything runs", async () => {
    const found = await swept({
      models: [glyphs],
      list: [
        { ratio: 0.3, ignore: ["*"], verify: false },
        { ratio: 0.2, verify: false },
      ],
    });
    expect(found.points.map(({ outcome }) => outcome.state)).toEqual(["refused", "done"]);
    await expect(
      swept({ models: [glyphs], list: [{ ratio: 0.2 }, { importance: "wanda" }] }),
    ).rejects.toMatchObject({ code: "bad-plan" });
  });

  test("gives up a candidate that takes too long, and stops when the signal comes", async () => {
    const found = await swept({ ...quick, grid: { ratio: [0.3] }, jobSeconds: 0.001 });
    expect(found.points[0]?.outcome).toMatchObject({ state: "refused", code: "out-of-time" });
    folder = join(home, "stopped");
    const ends = new AbortController();
    const stopped = await swept(quick, { signal: ends.signal, onOutcome: () => ends.abort() });
    expect(stopped).toMatchObject({ ended: "aborted", ran: 1 });
    const rest = await swept(quick);
    expect(rest).toMatchObject({ ended: "done", ran: 3, known: 1 });
  });

  test("notes no result where the law has no time, which is no fact about the candidate", async () => {
    const late: SweepPlan = { ...quick, options: { verifyTime: 1e-9 }, grid: { ratio: [0.3] } };
    const found = await swept(late);
    expect(found.points[0]?.outcome).toMatchObject({ state: "failed", code: "thread-lost" });
  });

  test("ends a candidate for which the process would hold too much, and tries it again with the next start", async () => {
    const found = await swept({ ...quick, grid: { ratio: [0.3] } }, {}, { memory: 1 });
    expect(found.points[0]?.outcome).toMatchObject({
      state: "failed",
      message: expect.stringContaining("at most 1 are allowed"),
    });
    expect(await swept({ ...quick, grid: { ratio: [0.3] } })).toMatchObject({
      ran: 1,
      points: [{ outcome: { state: "done" } }],
    });
  });

  test("times one candidate at a time, on a machine that is told", async () => {
    const machineLock = join(home, "machine.lock");
    const lock = takeLock(machineLock);
    const plan: SweepPlan = {
      models: [glyphs],
      list: [{ ratio: 0.4, verify: false }],
      measure: ["milliseconds", "macs"],
    };
    let isOver = false;
    const sweeping = swept(plan, {
      engine: () => embedded({ folder, threads: 1, thread, machineLock }),
    }).then((found) => {
      isOver = true;
      return found;
    });
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(isOver).toBe(false);
    if (isLock(lock)) lock.release();
    const found = await sweeping;
    const [point] = found.points;
    if (point?.outcome.state !== "done") throw new Error("it was not made");
    const { measures, original, observed } = point.outcome;
    expect(measures.milliseconds).toBeGreaterThan(0);
    expect(original.milliseconds).toBe(observed.latency?.original);
    expect(observed.machine).toMatchObject({ threads: 1, runtime: expect.stringContaining("onnxruntime") });
    // Another kind of machine has a front of its own.
    const other = {
      ...point,
      outcome: {
        ...point.outcome,
        observed: { ...observed, machine: { ...observed.machine, processor: "another" } },
      },
    };
    expect(frontsOf(found.plan, [point, other]).map(({ points }) => points.length)).toEqual([1, 1]);
  });

  test("halves on real candidates", async () => {
    const found = await swept({ ...quick, halving: { samples: [16, 64], keep: 0.5 } });
    expect(found.points.map(({ candidate }) => candidate.round)).toEqual([0, 0, 0, 0, 1, 1]);
  });
});
