// `pnpm sweep:engines [CANDIDATES [SAMPLES]]`: two plans on glyphs by every engine, one after the other: the first while
// processes start, the second, of other candidates, by workers that are warm. All engines have to give the same results.
// Candidates a minute are told with all that starts and without (from the first that ended to the last), and processor time
// of every process, which says more than a clock where other work runs: two workers are 1.8 times as fast as one on two
// processors where all that is no worker takes less than a tenth of what workers take, and workers are single-threaded.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { noPostgres, noRedis, startPostgres, startRedis } from "../../packages/sweep/test/servers.js";
import { bundledCommand, ended, glyphsPlan, planFile, resultsOf, started, startedWorker } from "./command.js";
import { processorSeconds, threadSeconds } from "./processor.js";

const [candidates = 200, samples = 128] = process.argv.slice(2).map(Number);
const home = mkdtempSync(join(tmpdir(), "sweep-engines-"));
const command = await bundledCommand();
const plans = [0, 100].map((seed) => {
  const folder = join(home, `plan ${seed}`);
  mkdirSync(folder);
  return planFile(folder, glyphsPlan(candidates, seed, samples));
});
let count = 0;

/** Results of both plans, by engine. */
const found = new Map<string, string>();
/** Candidates a minute of warm workers, by their number. */
const rates = new Map<number, number[]>();

const lines = (path: string): number => {
  try {
    return readFileSync(path, "latin1").split("\n").length - 1;
  } catch {
    return 0;
  }
};

interface Watched {
  readonly code: number | null;
  readonly seconds: number;
  /** Candidates a minute between the first that ended and the last. */
  readonly rate: number;
  /** Processor seconds of the process. */
  readonly own: number;
}

/** Waits for a sweep, and watches its journal grow. */
async function watched(sweep: ChildProcess, folder: string): Promise<Watched> {
  const begin = performance.now();
  const at: { readonly lines: number; readonly time: number }[] = [];
  let own = 0;
  const look = (): void => {
    own = Math.max(own, processorSeconds(sweep.pid as number) || 0);
    const now = lines(join(folder, "journal.jsonl"));
    if (now > (at.at(-1)?.lines ?? 0)) at.push({ lines: now, time: performance.now() });
  };
  const timer = setInterval(look, 100);
  const code = await ended(sweep);
  clearInterval(timer);
  look();
  const [first, last] = [at[0], at.at(-1)];
  const rate =
    first && last && last.time > first.time
      ? (60_000 * (last.lines - first.lines)) / (last.time - first.time)
      : Number.NaN;
  return { code, seconds: (performance.now() - begin) / 1000, rate, own };
}

interface Place {
  readonly args: readonly string[];
  /** Of the database, where it is one process. */
  readonly pid?: number;
}

/** Runs both plans; workers start with the first of them. */
async function row(name: string, { args, pid }: Place, workers: number): Promise<void> {
  const folder = join(home, String(count++));
  mkdirSync(folder);
  const running = Array.from({ length: workers }, (_, i) =>
    startedWorker(command, ["--folder", join(folder, `work-${i}`), ...args], join(folder, `work-${i}.log`)),
  );
  const hashes: string[] = [];
  for (const [i, plan] of plans.entries()) {
    const out = join(folder, `out-${i}`);
    const before = running.map((worker) => threadSeconds(worker.pid as number));
    const server = pid === undefined ? 0 : processorSeconds(pid);
    const sweep = started(command, ["sweep", plan, "-o", out, ...args], join(folder, "sweep.log"));
    const { code, seconds, rate, own } = await watched(sweep, out);
    if (code !== 0) throw new Error(`${name} ended with ${code}: see ${folder}/sweep.log`);
    const each = running.map((worker, k) => {
      const all = threadSeconds(worker.pid as number);
      const used = [...all].map(([thread, time]) => time - (before[k]?.get(thread) ?? 0));
      const sum = used.reduce((a, b) => a + b, 0);
      return `${sum.toFixed(1)} s (${((100 * Math.max(...used)) / sum).toFixed(0)} % on one thread)`;
    });
    const { sha256, candidates: all } = resultsOf(out);
    hashes.push(sha256);
    if (i > 0) rates.set(workers, [...(rates.get(workers) ?? []), rate]);
    console.log(
      [
        `${name}, ${i === 0 ? "all processes start" : "workers are warm"}: ${all.filter(({ outcome }) => outcome.state === "done").length} of ${all.length} made`,
        `${seconds.toFixed(1)} s, ${((60 * all.length) / seconds).toFixed(0)} candidates a minute with the start of processes, ${rate.toFixed(0)} without`,
        `processor time: sweep ${own.toFixed(1)} s${each.length > 0 ? `, workers ${each.join(" and ")}` : ""}${pid === undefined ? "" : `, database ${(processorSeconds(pid) - server).toFixed(1)} s`}`,
        `load ${loadavg()[0]?.toFixed(1)}, results ${sha256.slice(0, 16)}`,
      ].join("; "),
    );
  }
  for (const worker of running) worker.kill("SIGTERM");
  await Promise.all(running.map(ended));
  found.set(name, hashes.join(" "));
}

await row("embedded, 1 thread", { args: ["--threads", "1"] }, 0);
for (const [name, why, start] of [
  ["Redis", noRedis, startRedis],
  ["PostgreSQL", noPostgres, startPostgres],
] as const) {
  if (why !== undefined) {
    console.log(`${name}: skipped, ${why}`);
    continue;
  }
  for (const [turn, workers] of (name === "Redis" ? [1, 2, 1, 2] : [1]).entries()) {
    // A fresh database: what ended before would not run again.
    const server = await start();
    const place: Place = {
      args: ["--queue", server.url],
      ...(name === "Redis" && { pid: server.pid }),
    };
    await row(
      `${name}, ${workers} worker${workers > 1 ? "s" : ""}${turn > 1 ? ", again" : ""}`,
      place,
      workers,
    );
    await server.close();
  }
}
rmSync(home, { recursive: true });
const best = (workers: number): number => Math.max(...(rates.get(workers) ?? [Number.NaN]));
if (rates.has(2)) console.log(`two warm workers: ${(best(2) / best(1)).toFixed(2)} times as fast as one`);
const [first] = found.values();
const other = [...found].filter(([, hashes]) => hashes !== first).map(([name]) => name);
console.log(other.length === 0 ? "all results are the same" : `WRONG: ${other.join(", ")} differ`);
process.exitCode = other.length === 0 ? 0 : 1;
