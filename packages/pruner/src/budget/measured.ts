import { meets, tolerance } from "./outcome.js";
import type { Solution } from "./solve.js";

/** What was measured, and how sure it is. */
export interface MeasuredValue {
  readonly value: number;
  /** Half the 95 % interval, as a share of the value. @default 0 */
  readonly noise?: number;
}

/** A budget of what is measured, and a cost that is computed and goes with it. */
export interface MeasuredBudget {
  readonly target: number;
  readonly original: number;
  /** The computed cost of the model as it is. */
  readonly whole: number;
  /** The least pruning that leaves no more than some computed cost. */
  solveFor(cost: number): Solution | Promise<Solution>;
  measure(solution: Solution): Promise<MeasuredValue>;
}

export interface MeasuredSolution extends Solution {
  readonly noise?: number;
  /** The computed cost, in units of what is measured. */
  readonly predicted: number;
}

/** Plans measured at most: a good prediction takes one or two, a poor one has room to be corrected. */
const most = 8;
/** Costs solved for at most; one that gives a plan that was measured already costs little. */
const tries = 24;

/**
 * Solves a measured budget by a computed cost: solves for the cost that should give the target, measures, corrects what
 * the cost is worth by interpolating between what was measured, and so on.
 */
export async function solveMeasured(budget: MeasuredBudget): Promise<MeasuredSolution> {
  const { target, original, whole, solveFor, measure } = budget;
  const worth = original / whole;
  if (original <= target) {
    const all = await solveFor(whole);
    return { ...all, left: original, predicted: all.left * worth };
  }
  const aim = target * (1 - tolerance / 2);
  let low = { cost: 0, value: 0 };
  let high = { cost: whole, value: original };
  let best: (MeasuredSolution & { readonly left: number }) | undefined;
  const seen = new Map<number, number>();
  for (let i = 0; i < tries && seen.size < most; i++) {
    const share = (aim - low.value) / Math.max(1e-12, high.value - low.value);
    const cost = low.cost + (high.cost - low.cost) * Math.min(0.95, Math.max(0.05, share));
    const found = await solveFor(cost);
    const known = seen.get(found.left);
    const { value, noise = 0 } = known === undefined ? await measure(found) : { value: known };
    seen.set(found.left, value);
    const solution = { ...found, left: value, predicted: found.left * worth, ...(noise > 0 && { noise }) };
    if (known === undefined && isBetter(solution, best, target)) best = solution;
    // What lies within the noise can't be told from the target.
    if (value <= target && value >= target * (1 - Math.max(tolerance, noise))) break;
    if (value <= target) {
      // The plan may cost less than was asked: what was asked is then known to be no nearer.
      low = { cost: Math.max(found.left, known === undefined ? 0 : cost), value };
    } else {
      if (found.left > cost) return floor(best ?? solution, target);
      high = { cost: Math.min(found.left, cost), value };
    }
    if (high.cost - low.cost <= whole * 1e-4) break;
  }
  return { ...(best as MeasuredSolution), above: high.value };
}

/** Nothing more can leave: there is no larger plan to report. */
const floor = (solution: MeasuredSolution, target: number): MeasuredSolution => {
  if (solution.left <= target) return solution;
  const { above: _, ...rest } = solution;
  return rest;
};

/** What meets the target within the noise; else below it the most, above it the least. */
function isBetter(found: MeasuredSolution, best: MeasuredSolution | undefined, target: number): boolean {
  if (!best) return true;
  const [met, was] = [found, best].map(({ left, noise }) => meets(left, target, noise));
  if (met !== was) return met === true;
  if (found.left <= target) return best.left > target || found.left > best.left;
  return best.left > target && found.left < best.left;
}
