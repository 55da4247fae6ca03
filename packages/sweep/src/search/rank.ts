import { isMore, type SweepMeasure } from "../plan/measure.js";

/** What was measured, by name. */
export type Measures = Readonly<Partial<Record<SweepMeasure, number>>>;

/** Costs of one point, each the smaller the better; undefined where one was not measured. */
export function costsOf(measures: Measures, of: readonly SweepMeasure[]): readonly number[] | undefined {
  const costs = of.map((name) => {
    const value = measures[name];
    return value === undefined ? undefined : isMore(name) ? -value : value;
  });
  return costs.every((cost) => cost !== undefined) ? costs : undefined;
}

/** Whether a point is nowhere worse than another and somewhere better. */
export const dominates = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((cost, i) => cost <= (b[i] as number)) && a.some((cost, i) => cost < (b[i] as number));

/**
 * For each point how many fronts have to be taken away until it lies on one (Deb et al., 2002): 0 on the front. Points
 * without costs come after all others.
 */
export function ranksOf(points: readonly (readonly number[] | undefined)[]): readonly number[] {
  const ranks = points.map(() => -1);
  let left = points.flatMap((costs, place) => (costs ? [{ costs, place }] : []));
  let rank = 0;
  for (; left.length > 0; rank++) {
    const front = frontOf(left, ({ costs }) => costs);
    for (const { place } of front) ranks[place] = rank;
    const taken = new Set(front);
    left = left.filter((point) => !taken.has(point));
  }
  return ranks.map((found) => (found < 0 ? rank : found));
}

/** The points that no other dominates, in order; of equal ones all. */
export function frontOf<T>(points: readonly T[], costs: (point: T) => readonly number[]): readonly T[] {
  // In order of costs a point is dominated only by one before it: of few, for the front is short.
  const order = [...points].sort((a, b) => compare(costs(a), costs(b)));
  const front: T[] = [];
  for (const point of order)
    if (!front.some((other) => dominates(costs(other), costs(point)))) front.push(point);
  const kept = new Set(front);
  return points.filter((point) => kept.has(point));
}

function compare(a: readonly number[], b: readonly number[]): number {
  const place = a.findIndex((cost, i) => cost !== b[i]);
  return place < 0 ? 0 : (a[place] as number) - (b[place] as number);
}
