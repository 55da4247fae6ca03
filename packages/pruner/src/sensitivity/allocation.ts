import type { Cost } from "@prune/graph";
import { amountIn, type Costs } from "../budget/amount.js";
import type { SensitivityCurve } from "./curves.js";

/** Shares that leave each family, by how much is to leave overall. */
export interface Allocation {
  /**
   * Ratios by family, for a share of all units from 0 up to 1; undefined: not allocated. Every one of them rises with
   * the share.
   */
  ratios(share: number): readonly (number | undefined)[];
}

/** What `allocate` weighs the error of an axis against. */
export interface AllocateOptions {
  /** What the model costs as it is. */
  readonly cost: Cost;
  /** What is to be saved: an axis then loses as much error for each MAC, parameter, byte or unit as any other. @default "units" */
  readonly saving?: Saving;
}

/**
 * Turns curves into ratios that equalise the marginal error: at every share, the next unit costs each axis the same error
 * for what it saves. Errors of axes are taken to add up, and only the convex part of a curve counts, as greedy choices
 * are best there.
 */
export function allocate(
  curves: readonly SensitivityCurve[],
  { cost, saving = "units" }: AllocateOptions,
): Allocation {
  const priced = curves.map((curve) => ({ curve, price: priceOf(curve, cost, saving) }));
  const last = Math.max(...priced.map(({ price }) => price.at(-1)?.margin ?? 0)) || 1;
  const axes = priced.map(({ curve, price }) => ({ curve, price: bounded(price, last) }));
  const all = curves.reduce((sum, { units }) => sum + units, 0);
  const shareAt = (margin: number): number =>
    axes.reduce((sum, { curve, price }) => sum + curve.units * ratioAt(price, margin), 0) / all;
  const knots = axes.flatMap(({ price }) => price.map(({ margin }) => margin)).filter((margin) => margin > 0);
  const [least, most] = [Math.min(...knots, 1) * 1e-6, Math.max(...knots, 1e-12) * 1e9];
  return {
    ratios(share) {
      const list: (number | undefined)[] = [];
      // What leaves for nothing may be more than is asked.
      const free = shareAt(0);
      let [low, high] = [Math.log(least), Math.log(most)];
      for (let i = 0; i < 60 && share > free; i++) {
        const middle = (low + high) / 2;
        if (shareAt(Math.exp(middle)) < share) low = middle;
        else high = middle;
      }
      for (const { curve, price } of axes)
        list[curve.family] =
          share > free ? ratioAt(price, Math.exp(high)) : free === 0 ? 0 : (ratioAt(price, 0) * share) / free;
      return list;
    },
  };
}

/** What is saved: a resource, or units. */
type Saving = keyof Costs | "units";

/** A ratio, and the error that the next unit saved costs there. */
interface Knot {
  readonly ratio: number;
  readonly margin: number;
}

/** The slope of the convex envelope per unit of what is saved: known in the middle of every segment, linear between. */
function priceOf(curve: SensitivityCurve, cost: Cost, saving: Saving): Knot[] {
  const last = curve.points.at(-1);
  const saved =
    last === undefined || saving === "units"
      ? curve.units
      : (amountIn(cost, saving) - amountIn(last.cost, saving)) / last.ratio;
  const hull = envelope([{ ratio: 0, error: 0 }, ...curve.points]);
  const knots = hull.slice(1).map((to, i) => {
    const from = hull[i] as Corner;
    const slope = Math.max(0, (to.error - from.error) / (to.ratio - from.ratio));
    return { ratio: (from.ratio + to.ratio) / 2, margin: saved > 0 ? slope / saved : Number.MAX_VALUE };
  });
  const [first, second] = knots;
  const [end, before] = [knots.at(-1), knots.at(-2)];
  if (!first || !end) return [];
  const start = second ? Math.max(0, extended(second, first, 0)) : 0;
  const stop = before ? extended(before, end, hull.at(-1)?.ratio ?? 1) : 2 * end.margin;
  return [{ ratio: 0, margin: start }, ...knots, { ratio: hull.at(-1)?.ratio ?? 1, margin: stop }];
}

/** What cost nothing as far as it was measured goes further only once all that was measured is taken. */
function bounded(price: readonly Knot[], last: number): readonly Knot[] {
  const end = price.at(-1);
  return end?.margin === 0 ? [...price, { ...end, margin: last }] : price;
}

/** The margin at a ratio beyond two knots, on the line through them. */
const extended = (far: Knot, near: Knot, ratio: number): number =>
  near.margin + ((near.margin - far.margin) * (ratio - near.ratio)) / (near.ratio - far.ratio);

interface Corner {
  readonly ratio: number;
  readonly error: number;
}

/** The lower convex envelope of points by rising ratio. */
function envelope(points: readonly Corner[]): Corner[] {
  const hull: Corner[] = [];
  for (const point of points) {
    for (let a = hull.at(-2), b = hull.at(-1); a && b; a = hull.at(-2), b = hull.at(-1)) {
      const isBelow =
        (b.error - a.error) * (point.ratio - a.ratio) < (point.error - a.error) * (b.ratio - a.ratio);
      if (isBelow) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

/** The ratio at which the next unit costs a margin; beyond what was measured it nears 1. */
function ratioAt(price: readonly Knot[], margin: number): number {
  const end = price.at(-1);
  if (!end) return 0;
  if (margin > end.margin) return 1 - (1 - end.ratio) * (end.margin / margin);
  const above = price.findIndex((knot) => knot.margin > margin);
  if (above === 0) return 0;
  if (above < 0) return end.ratio;
  const [from, to] = [price[above - 1] as Knot, price[above] as Knot];
  return from.ratio + ((to.ratio - from.ratio) * (margin - from.margin)) / (to.margin - from.margin);
}
