/** What some removals were measured to cost. */
export interface MeasuredCost {
  /** How many units left. */
  readonly removed: number;
  readonly cost: number;
}

/** A curve of estimated costs bent through measured ones: the ratio of the two is interpolated between them. */
export function rescale(costs: readonly number[], measured: readonly MeasuredCost[]): number[] {
  const points = measured
    .filter(({ removed }) => removed > 0 && (costs[removed - 1] as number) > 0)
    .map(({ removed, cost }) => ({ removed, ratio: cost / (costs[removed - 1] as number) }));
  if (points.length === 0) return [...costs];
  let top = 0;
  return costs.map((cost, i) => {
    const n = i + 1;
    const next = points.findIndex(({ removed }) => removed >= n);
    const right = points[next < 0 ? points.length - 1 : next]!;
    const left = points[next < 0 ? points.length - 1 : Math.max(0, next - 1)]!;
    const span = right.removed - left.removed;
    const share = span === 0 ? 0 : (n - left.removed) / span;
    const ratio = left.ratio + Math.max(0, Math.min(1, share)) * (right.ratio - left.ratio);
    top = Math.max(top, cost * ratio);
    return top;
  });
}
