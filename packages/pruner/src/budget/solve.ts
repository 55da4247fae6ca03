import type { Trace } from "@prune/graph";
import type { Steps } from "@prune/graph/advanced";
import {
  type Alignment,
  type Chosen,
  planByCounts,
  planByRatio,
  type RatioOptions,
} from "../plan-by-ratio.js";
import { countsOf } from "../pools.js";
import { askedRatios } from "../ratios.js";
import type { Scores } from "../scores.js";

/** A plan and what it leaves of a resource. */
export interface Candidate {
  readonly chosen: Chosen;
  readonly left: number;
}

export interface Solution extends Candidate {
  /** The ratio that was found. */
  readonly ratio: number;
  /** What the plan nearest above the target leaves; undefined where the target isn't reached. */
  readonly above?: number;
  /** Kept counts are multiples of this. @default 1 */
  readonly multiple?: number;
  /** A multiple that was wanted, and on which nothing within the target is left. */
  readonly tooCoarse?: number;
}

/** What a plan leaves of a resource. */
export type Price = (chosen: Chosen) => number;

const highest = 1 - 2 ** -20;
/** Plans tried after the ratio is found, to come closer to the target. */
const most = 96;
/** Close enough to stop, as a share of the target. */
const enough = 1e-3;

/**
 * The least pruning that leaves no more than `target`: bisects the ratio, then gives units back family by family, best
 * first, as long as the target holds.
 */
export function* solve(
  trace: Trace,
  scores: Scores,
  options: RatioOptions & Alignment,
  target: number,
  price: Price,
): Steps<Solution> {
  const at = (ratio: number): Candidate => {
    const chosen = planByRatio(trace, scores, { ...options, ratio });
    return { chosen, left: price(chosen) };
  };
  const fits = ({ left }: Candidate): boolean => left <= target;
  let low = 0;
  let above = at(low);
  yield;
  if (fits(above)) return { ...above, ratio: 0 };
  let high = highest;
  let below = at(high);
  if (!fits(below)) return { ...below, ratio: high };
  for (
    let i = 0;
    i < 24 && sizeOf(below.chosen) > sizeOf(above.chosen) + 1 && !isClose(below.left, target);
    i++
  ) {
    yield;
    const middle = (low + high) / 2;
    const found = at(middle);
    if (fits(found)) [high, below] = [middle, found];
    else [low, above] = [middle, found];
  }
  const filled = yield* fill(trace, scores, { ...options, ratio: high }, { target, price, below, above });
  return { ...filled, ratio: high };
}

const isClose = (left: number, target: number): boolean => left <= target && left >= target * (1 - enough);

const sizeOf = ({ choices }: Chosen): number => choices.reduce((sum, { removed }) => sum + removed.length, 0);

interface Bracket {
  readonly target: number;
  readonly price: Price;
  readonly below: Candidate;
  readonly above: Candidate;
}

/** Gives units back one step of a family at a time while the target holds. */
function* fill(
  trace: Trace,
  scores: Scores,
  options: RatioOptions & Alignment,
  { target, price, below, above }: Bracket,
): Steps<Candidate & { readonly above: number }> {
  const asked = askedRatios(trace, options);
  const counts = countsOf(trace, scores, asked, options);
  const fixed = countsOf(trace, scores, askedRatios(trace, { ...options, ratio: 0 }), options);
  const step = options.roundTo ?? options.alignTo ?? 1;
  let best = below;
  let nearest = above.left;
  const differs = (f: number): number =>
    removedFrom(below.chosen, f) > removedFrom(above.chosen, f) ? 1 : 0;
  const open = new Set(
    counts
      .map((_, f) => f)
      .filter((f) => removedFrom(below.chosen, f) > (fixed[f] as number))
      .sort(
        (a, b) => differs(b) - differs(a) || dearest(scores, below, b) - dearest(scores, below, a) || a - b,
      ),
  );
  for (let tries = 0; open.size > 0 && tries < most && !isClose(best.left, target); )
    for (const f of [...open]) {
      if (tries++ >= most || isClose(best.left, target)) break;
      yield;
      const removed = removedFrom(best.chosen, f);
      const next = Math.max(fixed[f] as number, removed - step);
      const wanted = counts.map((count, g) => (g === f ? next : count));
      const chosen = planByCounts(trace, scores, asked, wanted, options);
      const left = price(chosen);
      if (left > target || removedFrom(chosen, f) >= removed) {
        open.delete(f);
        if (left > target) nearest = Math.min(nearest, left);
        continue;
      }
      counts[f] = next;
      best = { chosen, left };
      if (next <= (fixed[f] as number)) open.delete(f);
    }
  return { ...best, above: nearest };
}

const removedFrom = ({ choices }: Chosen, f: number): number => choices[f]?.removed.length ?? 0;

/** The highest score among the units that leave a family. */
function dearest(scores: Scores, { chosen }: Candidate, f: number): number {
  const choice = chosen.choices[f];
  const last = choice?.removed.at(-1);
  if (!choice || last === undefined) return -Infinity;
  return scores.get(f)?.[choice.family.units.indexOf(last)] ?? -Infinity;
}
