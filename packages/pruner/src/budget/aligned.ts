import type { Cut, Trace } from "@prune/graph";
import type { Steps } from "@prune/graph/advanced";
import type { Chosen, RatioOptions } from "../plan-by-ratio.js";
import type { Scores } from "../scores.js";
import { tolerance } from "./outcome.js";
import { type Price, type Solution, solve } from "./solve.js";

/** Predicts what cut models take, without making them. */
export interface CutPredictor {
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
  /** A plan that is worse than this is taken only where there is no other. */
  readonly worst?: number;
}

/**
 * The least pruning within a budget, with kept counts on the multiple that does best: of the plans that meet the
 * budget the least bad, else the one that comes closest. A multiple that the options ask for is kept.
 */
export function* solveAligned(
  trace: Trace,
  scores: Scores,
  options: RatioOptions,
  target: number,
  prices: Prices,
  multiples: readonly number[],
): Steps<Solution> {
  const { price, worse = () => 0, worst = Infinity } = prices;
  const plain = yield* solve(trace, scores, options, target, price);
  if (!prices.worse || options.roundTo !== undefined || plain.left > target) return plain;
  const rank = (solution: Solution): readonly number[] => {
    const { left, chosen } = solution;
    const bad = worse(chosen);
    if (left > target) return [3, left];
    if (bad > worst) return [2, bad];
    return left >= target * (1 - tolerance) ? [0, bad] : [1, -left];
  };
  let best: Solution = plain;
  for (const multiple of multiples.filter((size) => size > 1)) {
    const found = yield* solve(trace, scores, { ...options, alignTo: multiple }, target, price);
    if (isBefore(rank(found), rank(best))) best = { ...found, multiple };
  }
  return best;
}

/** Blocks of today's vectors: of 16, 8 and 4 floats. */
const vectors: readonly number[] = [16, 8, 4];

/** A plan as it is, unless it is slower than the original and one on whole vectors meets the target and isn't. */
export async function notSlower(
  solved: Solution,
  target: number,
  isSlower: (chosen: Chosen) => Promise<boolean>,
  solveOn: (multiple: number) => Promise<Solution>,
): Promise<Solution> {
  if (!(await isSlower(solved.chosen))) return solved;
  let tooCoarse: number | undefined;
  for (const multiple of vectors) {
    const found = await solveOn(multiple);
    const removes = found.chosen.choices.some(({ removed }) => removed.length > 0);
    if (found.left > target) tooCoarse ??= multiple;
    else if (removes && !(await isSlower(found.chosen))) return { ...found, multiple, ...coarse(tooCoarse) };
  }
  return { ...solved, ...coarse(tooCoarse) };
}

/** On the multiple that is asked for; where that can't reach the target, on the largest of 8, 4 and 1 that can. */
export async function onMultiple(
  asked: number | undefined,
  target: number,
  solveOn: (multiple: number | undefined) => Promise<Solution>,
): Promise<Solution> {
  const first = await solveOn(asked);
  if (asked === undefined || first.left <= target) return first;
  for (const multiple of [...vectors, 1].filter((size) => size < asked)) {
    const found = await solveOn(multiple);
    if (found.left <= target) return { ...found, multiple, tooCoarse: asked };
  }
  return first;
}

const coarse = (tooCoarse: number | undefined): Pick<Solution, "tooCoarse"> =>
  tooCoarse === undefined ? {} : { tooCoarse };

function isBefore(
  [kind = 0, value = 0]: readonly number[],
  [other = 0, than = 0]: readonly number[],
): boolean {
  return kind < other || (kind === other && value < than);
}
