import { RecoveryError } from "./errors.js";
import { openKernel } from "./open-kernel.js";

/** Does what is slow in a fit, maybe on other threads: the same bits wherever it runs. */
export interface Solver {
  /** Factors A + extra I of n x n, with as much more on the diagonal as it takes. */
  factor(a: Float64Array, n: number, extra: number): Promise<System>;
  /** Rows (q x n) times a symmetric n x n matrix. */
  multiply(rows: Float64Array, q: number, a: Float64Array, n: number): Promise<Float64Array>;
  close(): Promise<void>;
}

/** Equations whose left side has been factored. */
export interface System {
  /** What was added to the diagonal. */
  readonly added: number;
  /** The x of A x = b for every row b (q x n). */
  solve(rows: Float64Array, q: number): Promise<Float64Array>;
  release(): void;
}

/** Solves on the calling thread. */
export function inlineSolver(): Solver {
  const kernel = openKernel();
  return {
    async factor(a, n, extra) {
      const found = kernel.factorShifted(a, n, extra);
      if (!found) throw new RecoveryError("not-finite", { what: "The moments" });
      return {
        added: found.added,
        async solve(rows, q) {
          const out = rows.slice();
          kernel.solve(found.l, n, out, q);
          return out;
        },
        release() {},
      };
    },
    multiply: async (rows, q, a, n) => kernel.multiply(rows, q, a, n),
    async close() {},
  };
}
