// `pnpm kill:sweep [ROUNDS [queue|threads]]`: sweeps on glyphs whose worker, coordinator and Redis are killed (SIGKILL) at random times and
// started again, and sweeps on threads that are. Afterwards every candidate has to have the result that it has without,
// none may be lost, and none may begin again after it ended.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { noRedis, startRedis } from "../../packages/sweep/test/servers.js";
import {
  bundledCommand,
  ended,
  glyphsPlan,
  planFile,
  resultsOf,
  started,
  startedWorker,
} from "../sweep/command.js";

const rounds = Number(process.argv[2] ?? 20);
const isAsked = (kind: "queue" | "threads"): boolean => (process.argv[3] ?? kind) === kind;
const candidates = 12;
const home = mkdtempSync(join(tmpdir(), "kill-sweep-"));
const command = await bundledCommand();
const plan = planFile(home, glyphsPlan(candidates));

let wrong = 0;
const complain = (what: string): void => {
  wrong++;
  console.error(`WRONG: ${what}`);
};

const noted = (folder: string): number => {
  try {
    return readFileSync(join(folder, "journal.jsonl"), "utf8").split("\n").length - 1;
  } catch {
    return 0;
  }
};

/** Waits until something is true, or a process has ended. */
async function until(isSo: () => boolean, child: ChildProcess): Promise<void> {
  while (!isSo() && child.exitCode === null && child.signalCode === null) await setTimeout(10);
}

const first = join(home, "first");
mkdirSync(first);
const whole = started(
  command,
  ["sweep", plan, "-o", join(first, "out"), "--threads", "1"],
  join(first, "log"),
);
await until(() => noted(join(first, "out")) > 0, whole);
const begin = performance.now();
await until(() => noted(join(first, "out")) >= candidates, whole);
/** Milliseconds of a candidate here and now: kills come some of them apart, so that they find candidates under way. */
const pace = (performance.now() - begin) / candidates;
if ((await ended(whole)) !== 0) throw new Error(readFileSync(join(first, "log"), "utf8"));
const undisturbed = resultsOf(join(first, "out"));
const expected = undisturbed.sha256;

/** What the folder of a sweep says after all. */
function checkResults(round: string, folder: string): void {
  const { sha256, candidates: all } = resultsOf(folder);
  if (all.length !== candidates) complain(`${round}: ${all.length} of ${candidates} candidates`);
  if (sha256 !== expected) {
    const other = all.filter(({ outcome }, i) => {
      const { result } = undisturbed.candidates[i]?.outcome ?? {};
      return outcome.result === undefined || outcome.result !== result;
    });
    complain(`${round}: other results: ${JSON.stringify(other.map(({ outcome }) => outcome))}`);
  }
  const lines = readFileSync(join(folder, "journal.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line.slice(17)).job);
  if (new Set(lines).size !== lines.length) complain(`${round}: a candidate is noted twice`);
}

interface Killed {
  worker: number;
  coordinator: number;
  redis: number;
}

/** One round: two workers, a coordinator and a Redis, of which one at a time is killed and started again. */
async function round(number: number, killed: Killed): Promise<void> {
  const folder = join(home, `queue ${number}`);
  mkdirSync(folder);
  const redis = await startRedis();
  const out = join(folder, "out");
  const logs = [join(folder, "work.log"), join(folder, "sweep.log")] as const;
  const worker = (i: number): ChildProcess =>
    startedWorker(
      command,
      ["--queue", redis.url, "--folder", join(folder, `work-${i}`), "--lock", "3"],
      logs[0],
    );
  const sweep = (): ChildProcess =>
    started(command, ["sweep", plan, "-o", out, "--queue", redis.url], logs[1]);
  const workers = [worker(0), worker(1)];
  let coordinator = sweep();
  const order = (["worker", "coordinator", "redis"] as const)
    .map((victim) => ({ victim, at: Math.random() }))
    .sort((a, b) => a.at - b.at);
  await until(() => readFileSync(logs[0], "utf8").includes(" began"), coordinator);
  for (const { victim } of order) {
    await setTimeout(4 * pace * Math.random());
    if (coordinator.exitCode !== null) break;
    killed[victim]++;
    if (victim === "redis") {
      await redis.kill();
      await setTimeout(500);
      await redis.start();
    } else if (victim === "coordinator") {
      coordinator.kill("SIGKILL");
      await ended(coordinator);
      coordinator = sweep();
    } else {
      const i = Math.random() < 0.5 ? 0 : 1;
      workers[i]?.kill("SIGKILL");
      await ended(workers[i] as ChildProcess);
      workers[i] = worker(i);
    }
  }
  const code = await Promise.race([ended(coordinator), setTimeout(180_000, "late" as const)]);
  if (code !== 0) {
    complain(
      `queue, round ${number}: the sweep ended with ${code}: ${readFileSync(logs[1], "utf8").slice(-2000)}`,
    );
    coordinator.kill("SIGKILL");
  } else checkResults(`queue, round ${number}`, out);
  for (const each of workers) each.kill("SIGTERM");
  const stopped = await Promise.race([Promise.all(workers.map(ended)), setTimeout(30_000, "late" as const)]);
  if (stopped === "late") {
    complain(`queue, round ${number}: a worker does not stop`);
    for (const each of workers) each.kill("SIGKILL");
  }
  const over = new Set<string>();
  for (const line of readFileSync(logs[0], "utf8").split("\n")) {
    const [, job = "", what] = /^([0-9a-f]{12}) (began|bytes|refused)/.exec(line) ?? [];
    if (what === "began" && over.has(job))
      complain(`queue, round ${number}: ${job} began after it had ended`);
    if (what !== undefined && what !== "began") over.add(job);
  }
  await redis.close();
  rmSync(folder, { recursive: true });
}

if (isAsked("queue") && noRedis !== undefined) console.log(`queue: skipped, ${noRedis}`);
else if (isAsked("queue")) {
  const killed: Killed = { worker: 0, coordinator: 0, redis: 0 };
  for (let number = 0; number < rounds; number++) {
    await round(number, killed);
    console.log(`queue, round ${number}: killed so far ${JSON.stringify(killed)}`);
  }
  console.log(
    `queue: ${rounds} rounds, killed workers ${killed.worker}, coordinators ${killed.coordinator}, Redis ${killed.redis} times`,
  );
}

/** Whether a sweep on threads has begun a candidate: it notes which are under way. */
const isUnderWay = (out: string): boolean => {
  try {
    return readdirSync(join(out, "under-way")).length > 0;
  } catch {
    return false;
  }
};

let threadKills = 0;
for (let round = 0; isAsked("threads") && round < rounds; round++) {
  const folder = join(home, `threads ${round}`);
  mkdirSync(folder);
  const out = join(folder, "out");
  const log = join(folder, "log");
  const start = (): ChildProcess => started(command, ["sweep", plan, "-o", out, "--threads", "2"], log);
  for (let kill = 0; kill < 2; kill++) {
    // What the sweep before noted is nothing to this one, which makes the folder anew.
    rmSync(join(out, "under-way"), { recursive: true, force: true });
    const child = start();
    await until(() => isUnderWay(out), child);
    await Promise.race([setTimeout(6 * pace * Math.random()), ended(child)]);
    if (child.exitCode !== null) break;
    child.kill("SIGKILL");
    await ended(child);
    threadKills++;
  }
  const before = noted(out);
  if ((await ended(start())) !== 0) complain(`threads, round ${round}: ${readFileSync(log, "utf8")}`);
  else {
    checkResults(`threads, round ${round}`, out);
    const [, known] =
      /(\d+) known from before/.exec(readFileSync(log, "utf8").split("candidates (").at(-1) ?? "") ?? [];
    // A last line may be torn: its job was in flight.
    if (Number(known) < before - 1)
      complain(`threads, round ${round}: ${before} had ended, and ${known} were known`);
  }
  rmSync(folder, { recursive: true });
}
if (isAsked("threads")) console.log(`threads: ${rounds} rounds, killed ${threadKills} times`);

rmSync(home, { recursive: true });
console.log(wrong === 0 ? "nothing lost, nothing repeated after it ended" : `${wrong} findings`);
process.exitCode = wrong > 0 ? 1 : 0;
