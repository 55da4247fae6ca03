// A plain process of `pnpm sweep:engines`, bundled with the command: runs some candidates of plans with the job function of
// all engines, one after the other in its only thread, with no queue, journal or store.
// PARTS of these share the candidates; plans begin when the parent says so: PLAIN FOLDER PART PARTS.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { placedTree } from "../../packages/sweep/src/files/tree.js";
import { inputsOf } from "../../packages/sweep/src/job/inputs.js";
import { openKept } from "../../packages/sweep/src/job/kept.js";
import { resultOf } from "../../packages/sweep/src/job/outcome.js";
import { runJob } from "../../packages/sweep/src/job/run-job.js";
import { checkPlan } from "../../packages/sweep/src/plan/check-plan.js";
import { searchOf } from "../../packages/sweep/src/search/search-of.js";

/** What a plain process says of a plan's candidates when it ran its part. */
export interface PlainPart {
  /** Candidates in its order. */
  readonly ran: readonly {
    /** In the plan. */
    readonly place: number;
    readonly job: string;
    readonly result: string;
    /** When it ended, in milliseconds since 1970. */
    readonly at: number;
  }[];
  /** Seconds of processor time, of the whole process. */
  readonly processor: number;
}

const [folder = "", part = 0, parts = 1] = process.argv
  .slice(2)
  .map((arg, i) => (i === 0 ? arg : Number(arg))) as [string, number, number];
mkdirSync(folder, { recursive: true });
const kept = openKept();

async function partOf(path: string): Promise<PlainPart> {
  const plan = checkPlan(JSON.parse(readFileSync(path, "utf8")));
  const inputs = inputsOf(plan, dirname(path), []);
  const jobs = [];
  for (const [place, candidate] of searchOf(plan).next([]).entries())
    jobs.push({ place, ...(await inputs.jobOf(candidate)) });
  const trees = Object.fromEntries(inputs.trees.map((tree) => [tree.ref.tree, placedTree(tree)]));
  const before = process.cpuUsage();
  const ran = [];
  for (const { place, name, job } of jobs.filter((_, i) => i % parts === part)) {
    const scratch = mkdtempSync(join(folder, "job-"));
    const { outcome } = await runJob(
      { name, job, trees, scratch, plugins: [], machineLock: join(folder, "lock") },
      { kept },
    );
    rmSync(scratch, { recursive: true });
    ran.push({ place, job: name, result: resultOf(outcome), at: performance.timeOrigin + performance.now() });
  }
  const { user, system } = process.cpuUsage(before);
  return { ran, processor: (user + system) / 1e6 };
}

process.on("message", (path: string) => void partOf(path).then((made) => process.send?.(made)));
