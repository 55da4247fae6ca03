import type { Solver } from "./solver.js";

/** Wall-clock seconds of a recovery, by what was done in them. */
export interface Seconds {
  readonly total: number;
  /** In the runtime: forward passes and statistics. */
  readonly runtime: number;
  /** Solving equations. */
  readonly solving: number;
  /** The rest: copies between the two, graphs written, weights stored. */
  readonly other: number;
}

/** What a `Stopwatch` tells apart: running models, and solving equations. */
export type Doing = "runtime" | "solving";

/** Tells what a recovery spends its time on. */
export interface Stopwatch {
  during<T>(doing: Doing, work: () => T | Promise<T>): Promise<T>;
  seconds(): Seconds;
}

/** A stopwatch that runs from now. What is done at the same time counts once. */
export function startStopwatch(): Stopwatch {
  const now = (): number => performance.now() / 1000;
  const begun = now();
  const spent = { runtime: 0, solving: 0 };
  const open = { runtime: 0, solving: 0 };
  const since = { runtime: 0, solving: 0 };
  return {
    async during(doing, work) {
      if (open[doing]++ === 0) since[doing] = now();
      try {
        return await work();
      } finally {
        if (--open[doing] === 0) spent[doing] += now() - since[doing];
      }
    },
    seconds() {
      const total = now() - begun;
      return { total, ...spent, other: Math.max(0, total - spent.runtime - spent.solving) };
    },
  };
}

/** A solver that is timed. */
export const timed = (solver: Solver, stopwatch: Stopwatch): Solver => ({
  async factor(a, n, extra) {
    const system = await stopwatch.during("solving", () => solver.factor(a, n, extra));
    return { ...system, solve: (rows, q) => stopwatch.during("solving", () => system.solve(rows, q)) };
  },
  multiply: (rows, q, a, n) => stopwatch.during("solving", () => solver.multiply(rows, q, a, n)),
  close: () => solver.close(),
});
