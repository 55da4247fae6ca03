import { type Random, randomStream } from "@prune/samples";
import { canonical } from "../job/canonical.js";
import type { SweepMeasure } from "../plan/measure.js";
import type { Dimension, Space } from "../plan/plan.js";
import { drawPoint, isChoice, type Point, shareAt, valueAt } from "./draw-options.js";
import { costsOf, ranksOf } from "./rank.js";
import type { Candidate, Search } from "./search.js";

export interface ParzenOptions {
  readonly space: Space;
  readonly count: number;
  readonly seed: number;
  readonly batch: number;
  /** What is good: points on early fronts of these measures. */
  readonly front: readonly SweepMeasure[];
  readonly candidate: (point: Point) => Candidate;
}

/** Share of the trials that counts as good, and points drawn for each that is tried (Bergstra et al., 2011). */
const good = 0.25;
const drawn = 24;

/**
 * Bayesian search by Tree-structured Parzen Estimators (Bergstra et al., 2011), of several measures at once: trials are good
 * by the front that they lie on (Ozaki et al., 2020). Points are drawn where good trials are dense, and the one is tried
 * at which they are densest relative to the others.
 *
 * No library does this: on npm, `hyperparameters` and `hyperopt` are the only candidates, both unmaintained for years, and
 * both own the loop (they call an objective and wait), minimise one number, and can't be resumed from a history.
 */
export function parzen({ space, count, seed, batch, front, candidate }: ParzenOptions): Search {
  // The first are random: densities of fewer say little.
  const first = Math.min(count, Math.max(batch, 10));
  return {
    most: count,
    next(history) {
      if (history.length >= count) return [];
      const stream = randomStream(seed, `bayes ${history.length}`);
      if (history.length === 0)
        return Array.from({ length: first }, () => candidate(drawPoint(space, stream)));
      const tried = history.map(({ candidate: { options } }) => pointOf(space, options));
      const ranks = ranksOf(
        history.map(({ outcome }) =>
          outcome.state === "done" ? costsOf(outcome.measures, front) : undefined,
        ),
      );
      const order = ranks
        .map((_, place) => place)
        .sort((a, b) => (ranks[a] as number) - (ranks[b] as number) || a - b);
      const split = Math.max(2, Math.ceil(good * history.length));
      const sides = [order.slice(0, split), order.slice(split)].map((side) =>
        side.map((place) => tried[place] as Point),
      ) as [Point[], Point[]];
      const known = new Set(tried.map(canonical));
      return Array.from({ length: Math.min(batch, count - history.length) }, () => {
        const point = bestOf(space, sides, known, stream);
        known.add(canonical(point));
        return candidate(point);
      });
    },
  };
}

/** The point of some drawn from the good ones at which those are densest relative to the others. */
function bestOf(
  space: Space,
  [yes, no]: readonly [readonly Point[], readonly Point[]],
  known: ReadonlySet<string>,
  stream: Random,
): Point {
  let best: Point | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < drawn; i++) {
    const point = drawNear(space, yes, stream);
    const gain = logDensity(space, yes, point) - logDensity(space, no, point);
    // What was tried already says nothing new; it is taken only where nothing else is left.
    const worth = known.has(canonical(point)) ? gain - 1e6 : gain;
    if (worth > most) [best, most] = [point, worth];
  }
  return best as Point;
}

/** One good point or, as one more, the whole space; each option from one of them, as densities are products. */
const drawNear = (space: Space, points: readonly Point[], stream: Random): Point =>
  Object.entries(space).map(([name, dimension], d) => {
    const i = stream.integer(points.length + 1);
    const centre = points[i]?.[d]?.[1];
    if (i === points.length || centre === undefined)
      return drawPoint({ [name]: dimension }, stream)[0] as Point[number];
    if (isChoice(dimension)) return [name, centre];
    const share = shareAt(dimension, centre as number) + widthOf(points.length) * stream.normal();
    return [name, valueAt(dimension, reflected(share))];
  });

/** Of a kernel, as a share of the range: narrower with more points (Scott, 1992). */
const widthOf = (points: number): number => 0.3 * Math.max(1, points) ** -0.2;

/** Back into [0, 1] from both ends. */
function reflected(share: number): number {
  const turned = Math.abs(share) % 2;
  return turned > 1 ? 2 - turned : turned;
}

const logDensity = (space: Space, points: readonly Point[], at: Point): number =>
  Object.values(space).reduce(
    (sum: number, dimension, d) =>
      sum +
      Math.log(
        densityOf(
          dimension,
          points.map((point) => point[d]?.[1]),
          at[d]?.[1],
        ),
      ),
    0,
  );

/** Density of one option: kernels at the points, and one more over all of it. */
function densityOf(dimension: Dimension, values: readonly unknown[], at: unknown): number {
  if (isChoice(dimension)) {
    const same = canonical(at);
    return (
      (values.filter((value) => canonical(value) === same).length + 1) / (values.length + dimension.length)
    );
  }
  const width = widthOf(values.length);
  const share = shareAt(dimension, at as number);
  const kernels = values.map(
    (value) =>
      Math.exp(-0.5 * ((shareAt(dimension, value as number) - share) / width) ** 2) /
      (width * Math.sqrt(2 * Math.PI)),
  );
  return (kernels.reduce((sum, kernel) => sum + kernel, 0) + 1) / (values.length + 1);
}

/** The point that options were made of. */
const pointOf = (space: Space, options: object): Point =>
  Object.keys(space).map((name) => {
    const [root = "", ...path] = name.split(".");
    const value = (options as Record<string, unknown>)[root];
    return [name, path.length === 0 ? value : (value as Record<string, unknown>)[path.join(".")]];
  });
