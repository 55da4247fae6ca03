import { isMore, type SweepMeasure } from "../plan/measure.js";
import type { Halving } from "../plan/plan.js";
import { costsOf, ranksOf } from "./rank.js";
import type { Candidate, Search, Trial } from "./search.js";

/**
 * Successive halving (Jamieson and Talwalkar, 2016) over samples, time, or both: all candidates get the first round's, the
 * best of them the second round's, and so on. Best is who lies on the earliest fronts; on the same one, who does better
 * by the measure of worth: the last of the front.
 */
export function successiveHalving(
  candidates: readonly Candidate[],
  { samples, seconds, keep = 1 / 3 }: Halving,
  front: readonly SweepMeasure[],
): Search {
  const rounds = (samples ?? seconds ?? []).length;
  const inRound = (candidate: Candidate, round: number): Candidate => ({
    ...candidate,
    round,
    ...(samples && {
      judged: samples[round],
      ...(candidate.options.data !== undefined && {
        options: { ...candidate.options, samples: samples[round] as number },
      }),
    }),
    ...(seconds && { seconds: seconds[round] }),
  });
  let most = 0;
  for (let round = 0, left = candidates.length; round < rounds; round++, left = Math.ceil(left * keep))
    most += left;
  return {
    most,
    next(history) {
      if (history.length === 0) return candidates.map((candidate) => inRound(candidate, 0));
      const round = Math.max(...history.map(({ candidate }) => candidate.round));
      if (round + 1 >= rounds) return [];
      const last = history.filter(({ candidate }) => candidate.round === round);
      return best(last, front, Math.ceil(last.length * keep)).map(({ candidate }) =>
        inRound(candidate, round + 1),
      );
    },
  };
}

/** The best trials, in the order that they were tried in. */
function best(trials: readonly Trial[], front: readonly SweepMeasure[], count: number): readonly Trial[] {
  const costs = trials.map(({ outcome }) =>
    outcome.state === "done" ? costsOf(outcome.measures, front) : undefined,
  );
  const ranks = ranksOf(costs);
  const worth = Math.max(0, front.map(isMore).lastIndexOf(true));
  const order = trials
    .map((_, place) => place)
    .filter((place) => costs[place] !== undefined)
    .sort(
      (a, b) =>
        (ranks[a] as number) - (ranks[b] as number) ||
        (costs[a]?.[worth] as number) - (costs[b]?.[worth] as number) ||
        a - b,
    );
  const taken = new Set(order.slice(0, count));
  return trials.filter((_, place) => taken.has(place));
}
