import { readdirSync, readFileSync } from "node:fs";

/** Processor seconds out of a `stat` of /proc; NaN where there is none. */
function secondsIn(path: string): number {
  try {
    const stat = readFileSync(path, "utf8");
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

/** Of a process that runs, where /proc is. */
export const processorSeconds = (pid: number): number => secondsIn(`/proc/${pid}/stat`);

/** The same of each of its threads. */
export function threadSeconds(pid: number): ReadonlyMap<string, number> {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    return new Map(tasks.map((task) => [task, secondsIn(`/proc/${pid}/task/${task}/stat`)]));
  } catch {
    return new Map();
  }
}
