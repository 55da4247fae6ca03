import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Which jobs were under way when a runtime took the process along. */
export interface Crashes {
  /** How often that was. */
  count(job: string): number;
  begin(job: string): void;
  end(job: string): void;
}

/**
 * Notes in a folder what is under way, so that a run that goes on after a crash knows what can have caused it. Any
 * other run forgets what was noted.
 */
export function openCrashes(folder: string, isAfterCrash: boolean): Crashes {
  const summary = join(folder, "crashes.json");
  const counts = isAfterCrash ? countsIn(folder, summary) : new Map<string, number>();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (counts.size > 0) writeFileSync(summary, JSON.stringify([...counts]));
  return {
    count: (job) => counts.get(job) ?? 0,
    begin: (job) => writeFileSync(join(folder, job), ""),
    end: (job) => rmSync(join(folder, job), { force: true }),
  };
}

function countsIn(folder: string, summary: string): Map<string, number> {
  let counts = new Map<string, number>();
  try {
    counts = new Map(JSON.parse(readFileSync(summary, "utf8")) as [string, number][]);
  } catch {
    // The first crash.
  }
  try {
    for (const job of readdirSync(folder))
      if (join(folder, job) !== summary) counts.set(job, (counts.get(job) ?? 0) + 1);
  } catch {
    // Nothing was under way yet.
  }
  return counts;
}
