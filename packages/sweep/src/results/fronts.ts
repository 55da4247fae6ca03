import type { Done, JobOutcome } from "../job/outcome.js";
import type { CheckedPlan } from "../plan/plan.js";
import { costsOf, frontOf } from "../search/rank.js";
import type { Candidate } from "../search/search.js";

/** A candidate, its job, and what became of it. */
export interface SweptCandidate {
  readonly candidate: Candidate;
  readonly outcome: JobOutcome;
}

/** A candidate that was made. */
export interface DonePoint extends SweptCandidate {
  readonly outcome: Done;
}

/** The points that no other of their kind beats in all that the front is of. */
export interface Front {
  /** What only points of the front have in common: a model, where agreement counts; a kind of machine, where time does. */
  readonly of: string;
  /** From the smallest of the first measure. */
  readonly points: readonly DonePoint[];
}

/** Candidates of the last round that they came to: those that a halving left behind were measured on less. */
export function finalPoints(points: readonly SweptCandidate[]): readonly SweptCandidate[] {
  const last = Math.max(0, ...points.map(({ candidate }) => candidate.round));
  return points.filter(({ candidate }) => candidate.round === last);
}

/**
 * The Pareto fronts. Agreement is with a candidate's own original, so that each model has a front of its own where it
 * counts; latencies are compared within one kind of machine only.
 */
export function frontsOf(
  { front }: Pick<CheckedPlan, "front">,
  points: readonly SweptCandidate[],
): readonly Front[] {
  const kinds = new Map<string, DonePoint[]>();
  for (const point of finalPoints(points)) {
    const { candidate, outcome } = point;
    if (outcome.state !== "done" || !costsOf(outcome.measures, front)) continue;
    const { processor, runtime, threads } = outcome.observed.machine;
    const kind = [
      ...(front.includes("agreement") ? [candidate.model] : []),
      ...(front.includes("milliseconds") ? [`${processor}, ${runtime}, ${threads} thread`] : []),
    ].join(", ");
    const known = kinds.get(kind) ?? [];
    known.push({ candidate, outcome });
    kinds.set(kind, known);
  }
  const costs = ({ outcome }: DonePoint): readonly number[] =>
    costsOf(outcome.measures, front) as readonly number[];
  return [...kinds].map(([of, all]) => ({
    of,
    points: withoutTwins(frontOf(all, costs), costs).sort(
      (a, b) => (costs(a)[0] as number) - (costs(b)[0] as number),
    ),
  }));
}

/** Of candidates that came out the same, the first. */
function withoutTwins(
  points: readonly DonePoint[],
  costs: (point: DonePoint) => readonly number[],
): DonePoint[] {
  const seen = new Set<string>();
  return points.filter((point) => {
    const key = String(costs(point));
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
