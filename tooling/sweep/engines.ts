// `pnpm sweep:engines [CANDIDATES [SAMPLES [RECOVERED]]] [--short]`: two plans on glyphs by every engine, one after the other: a short
// one while processes start, and CANDIDATES others by workers that are warm, each judged on SAMPLES images and, where
// RECOVERED says so, won back on that many by biases. All engines have to give the same results. --short leaves out PostgreSQL
// and a second turn of Redis, and threads run the first 60 candidates alone, whose results are compared.
//
// Candidates a minute are told with all that starts and without (from the first that ended to the last), and processor time
// of every process, which says more than a clock where other work runs. What two processes without a queue reach is told too:
// the same job function in one plain process and in two, with nothing between them but the memory that they share. Two
// workers are as much slower than twice one as that, and as the sweep, the database and the workers' own bookkeeping take.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { noPostgres, noRedis, startPostgres, startRedis } from "../../packages/sweep/test/servers.js";
import { bundledCommand, ended, glyphsPlan, planFile, resultsOf, started, startedWorker } from "./command.js";
import type { PlainPart } from "./plain.js";
import { processorSeconds, threadSeconds } from "./processor.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: "boolean", default: false } },
});
const [candidates = 200, samples = 128, recovered = 0] = positionals.map(Number);
/** Candidates of the plan that starts processes, with which the threads' code is compiled. */
const warmUp = Math.min(20, candidates);
const home = mkdtempSync(join(tmpdir(), "sweep-engines-"));
const command = await bundledCommand([fileURLToPath(new URL("plain.ts", import.meta.url))]);
function planOf(many: number, seed: number): string {
  const folder = join(home, `plan of ${many}, ${seed}`);
  mkdirSync(folder);
  return planFile(folder, glyphsPlan(many, seed, samples, recovered));
}
const plans = [planOf(warmUp, 0), planOf(candidates, 100)];
/** The same, but the first of the candidates only: without a queue they say enough, as there is nothing to begin or to end. */
const fewer = candidates > 60 ? [plans[0] as string, planOf(60, 100)] : plans;
let count = 0;

/** Results of the second plan's candidates, by engine. */
const found = new Map<string, readonly string[]>();
/** Candidates a minute of warm workers, by their number. */
const rates = new Map<number, number[]>();
/** The same without a queue, by the number of processes. */
const plain = new Map<number, number[]>();

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
async function row(
  name: string,
  { args, pid }: Place,
  workers: number,
  both: readonly string[] = plans,
): Promise<void> {
  const folder = join(home, String(count++));
  mkdirSync(folder);
  const running = Array.from({ length: workers }, (_, i) =>
    startedWorker(command, ["--folder", join(folder, `work-${i}`), ...args], join(folder, `work-${i}.log`)),
  );
  for (const [i, plan] of both.entries()) {
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
    found.set(
      name,
      all.map(({ outcome }) => `${outcome.job} ${outcome.result}`),
    );
    if (i > 0 && name.startsWith("Redis")) rates.set(workers, [...(rates.get(workers) ?? []), rate]);
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
}

/** The same plans by plain processes; what each candidate takes of the processor, in milliseconds. */
async function plainRow(processes: number): Promise<void> {
  const name = `without a queue, ${processes} process${processes > 1 ? "es" : ""}`;
  const running = Array.from({ length: processes }, (_, i) => {
    const args = [join(home, `plain ${count++}`), String(i), String(processes)];
    return spawn(process.execPath, ["--single-threaded", join(dirname(command), "plain.js"), ...args], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  });
  let made: readonly PlainPart[] = [];
  for (const plan of fewer) {
    made = await Promise.all(
      running.map(async (child) => {
        child.send(plan);
        const [said] = await Promise.race([
          once(child, "message"),
          once(child, "exit").then(() => Promise.reject(new Error(`${name}: a process ended`))),
        ]);
        return said as PlainPart;
      }),
    );
    const all = made.flatMap(({ ran }) => ran).sort((a, b) => a.place - b.place);
    found.set(
      name,
      all.map(({ job, result }) => `${job} ${result}`),
    );
  }
  for (const child of running) child.disconnect();
  await Promise.all(running.map(ended));
  // While all of them run: one that has fewer long candidates ends before another.
  const times = made.map(({ ran }) => ran.map(({ at }) => at));
  const begin = Math.max(...times.map(([first = 0]) => first));
  const end = Math.min(...times.map((all) => all.at(-1) ?? 0));
  const within = times.flat().filter((at) => at > begin && at <= end).length;
  const rate = (60_000 * within) / (end - begin);
  const processor = made.map((part) => (1000 * part.processor) / part.ran.length);
  plain.set(processes, [...(plain.get(processes) ?? []), rate]);
  console.log(
    [
      `${name}: ${rate.toFixed(0)} candidates a minute`,
      `processor time of a candidate ${processor.map((each) => `${each.toFixed(1)} ms`).join(" and ")}`,
      `load ${loadavg()[0]?.toFixed(1)}`,
    ].join("; "),
  );
}

await row("embedded, 1 thread", { args: ["--threads", "1"] }, 0, values.short ? fewer : plans);
for (const [name, why, start] of [
  ["Redis", noRedis, startRedis],
  ["PostgreSQL", noPostgres, startPostgres],
] as const) {
  if (why !== undefined) {
    console.log(`${name}: skipped, ${why}`);
    continue;
  }
  if (values.short && name !== "Redis") continue;
  const turns = name !== "Redis" ? [1] : values.short ? [1, 2] : [1, 2, 1, 2];
  for (const [turn, workers] of turns.entries()) {
    if (name === "Redis" && turn < 2) await plainRow(workers);
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
const ratio = (of: ReadonlyMap<number, readonly number[]>): string =>
  (Math.max(...(of.get(2) ?? [])) / Math.max(...(of.get(1) ?? []))).toFixed(2);
if (rates.has(2)) {
  console.log(`two warm workers: ${ratio(rates)} times as fast as one`);
  console.log(`two processes without a queue: ${ratio(plain)} times as fast as one`);
}
const [longest = []] = [...found.values()].sort((a, b) => b.length - a.length);
const other = [...found]
  .filter(([, all]) => all.some((result, i) => result !== longest[i]))
  .map(([name]) => name);
console.log(other.length === 0 ? "all results are the same" : `WRONG: ${other.join(", ")} differ`);
process.exitCode = other.length === 0 ? 0 : 1;
