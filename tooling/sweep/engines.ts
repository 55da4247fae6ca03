// `pnpm sweep:engines [CANDIDATES]`: one plan on glyphs by every engine. All have to give the same results; candidates per
// minute are told of each, with the load of the machine.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { noPostgres, noRedis, startPostgres, startRedis } from "../../packages/sweep/test/servers.js";
import { bundledCommand, ended, glyphsPlan, planFile, resultsOf, started } from "./command.js";

const candidates = Number(process.argv[2] ?? 200);
const home = mkdtempSync(join(tmpdir(), "sweep-engines-"));
const plan = planFile(home, glyphsPlan(candidates));
const command = await bundledCommand();
let count = 0;

interface Row {
  readonly name: string;
  readonly seconds: number;
  readonly sha256: string;
}

/** Runs the plan; seconds are those between the first candidate and the last, without what starts. */
async function row(
  name: string,
  args: readonly string[],
  workers: readonly (readonly string[])[] = [],
): Promise<Row> {
  const folder = join(home, String(count++));
  mkdirSync(folder);
  const running = workers.map((own, i) =>
    started(command, ["work", "--folder", join(folder, `work-${i}`), ...own], join(folder, `work-${i}.log`)),
  );
  // Workers are up before the first candidate.
  if (workers.length > 0) await setTimeout(4000);
  const begin = performance.now();
  const code = await ended(
    started(command, ["sweep", plan, "-o", join(folder, "out"), ...args], join(folder, "sweep.log")),
  );
  const seconds = (performance.now() - begin) / 1000;
  const work = running.reduce((sum, worker) => sum + processorSeconds(worker.pid as number), 0);
  for (const worker of running) worker.kill("SIGTERM");
  await Promise.all(running.map(ended));
  if (code !== 0) throw new Error(`${name} ended with ${code}: see ${folder}/sweep.log`);
  const { sha256, candidates: all } = resultsOf(join(folder, "out"));
  const done = all.filter(({ outcome }) => outcome.state === "done").length;
  console.log(
    `${name}: ${done} of ${all.length} made, ${seconds.toFixed(1)} s, ${((60 * all.length) / seconds).toFixed(0)} candidates a minute${running.length > 0 ? `, ${((1000 * work) / all.length).toFixed(0)} ms of processor time each` : ""}, load ${loadavg()[0]?.toFixed(1)}, results ${sha256.slice(0, 16)}`,
  );
  return { name, seconds, sha256 };
}

/** Of a process that runs, where /proc is. */
function processorSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [user = 0, system = 0] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .map(Number);
    return (user + system) / 100;
  } catch {
    return Number.NaN;
  }
}

const rows = [await row("embedded, 1 thread", ["--threads", "1"])];
for (const [name, why, start] of [
  ["Redis", noRedis, startRedis],
  ["PostgreSQL", noPostgres, startPostgres],
] as const) {
  if (why !== undefined) {
    console.log(`${name}: skipped, ${why}`);
    continue;
  }
  for (const workers of name === "Redis" ? [1, 2, 1, 2] : [1]) {
    // A fresh database: what ended before would not run again.
    const server = await start();
    const queue = ["--queue", server.url];
    rows.push(
      await row(
        `${name}, ${workers} worker${workers > 1 ? "s" : ""}`,
        queue,
        Array.from({ length: workers }, () => queue),
      ),
    );
    await server.close();
  }
}
rmSync(home, { recursive: true });
const other = rows.filter(({ sha256 }) => sha256 !== rows[0]?.sha256);
console.log(
  other.length === 0
    ? "all results are the same"
    : `WRONG: ${other.map(({ name }) => name).join(", ")} differ`,
);
process.exitCode = other.length === 0 ? 0 : 1;
