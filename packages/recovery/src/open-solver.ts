import { inlineSolver, type Solver } from "./solver.js";
import { workerSolver } from "./worker-solver.js";

/** Below this many products a message to a worker costs more than it saves. */
const worthwhile = 2e7;

/** Solves what is large in worker threads where there are any, and the rest on the calling thread. */
export function openSolver(): Solver {
  const here = inlineSolver();
  let workers: Solver | undefined;
  const fitting = (products: number): Solver => {
    if (products < worthwhile) return here;
    workers ??= workerSolver() ?? here;
    return workers;
  };
  return {
    factor: (a, n, extra) => fitting(n ** 3 / 6).factor(a, n, extra),
    multiply: (rows, q, a, n) => fitting(q * n * n).multiply(rows, q, a, n),
    close: async () => workers?.close(),
  };
}
