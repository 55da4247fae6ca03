import type { Cut, Trace } from "@prune/graph";
import type { RatioOptions } from "../plan-by-ratio.js";
import type { Scores } from "../scores.js";
import { tolerance } from "./outcome.js";
import { type Price, type Solution, solve } from "./solve.js";

/** Predicts what cut models take, without making them. */
export interface LatencyPredictor {
  /** Milliseconds of a run; the cut is one of `trace`. */
  predict(cut: Cut, trace: Trace): number;
  /** Widths that are multiples of these may run faster than those between. */
  readonly multiples: readonly number[];
}

/** What a budget is on, and what tells apart plans that are all within it. */
export interface Prices {
  readonly price: Price;
  /** More is worse. */
  readonly worse?: Price;
}

/**
 * The least pruning within a budget, with kept counts on the multiple that does best: of the plans that meet the
 * budget the least bad, else the one that comes closest. A multiple that the options ask for is kept.
 */
export function solveAligned(
  trace: Trace,
  scores: Scores,
  options: RatioOptions,
  target: number,
  { price, worse }: Prices,
  multiples: readonly number[],
): Solution {
  const plain = solve(trace, scores, options, target, price);
  if (!worse || options.roundTo !== undefined || plain.left > target) return plain;
  let best = plain;
  for (const multiple of multiples.filter((m) => m > 1)) {
    const found = solve(trace, scores, { ...options, alignTo: multiple }, target, price);
    if (isBetter(found, best, target, worse)) best = { ...found, multiple };
  }
  return best;
}

function isBetter(found: Solution, best: Solution, target: number, worse: Price): boolean {
  const meets = ({ left }: Solution): boolean => left <= target && left >= target * (1 - tolerance);
  if (meets(found) && meets(best)) return worse(found.chosen) < worse(best.chosen);
  if (meets(found) || meets(best)) return meets(found);
  return found.left <= target && found.left > best.left;
}
