import { quantile } from "../measure.js";
import { leastSquares } from "./least-squares.js";
import { isAligned, padded, type Steps } from "./steps.js";
import type { OperatorTimes } from "./table.js";

/** Sizes of an operator's axes -> milliseconds. */
export type OperatorFit = (sizes: readonly number[]) => number;

/** Points nearer than this, as a share of the whole sizes, count as one. */
const near = 0.08;

/**
 * Interpolates an operator's points: at every place the plane through the points, weighted by how near they are, over
 * the sizes that the runtime pads to, their product, and whether a size takes the slow path. Points that another
 * program on the machine disturbed count little.
 */
export function fitOperator(
  table: OperatorTimes,
  steps: readonly Steps[],
  without: number = Number.NaN,
): OperatorFit {
  const { whole, axes } = table;
  const points = table.points.filter(([sample]) => sample !== without);
  const times = points.map((point) => point.at(-1) as number);
  if (axes.length === 0) {
    const usual = median(times);
    return () => usual;
  }
  const places = points.map((point) => placeOf(point.slice(1, 1 + axes.length), whole, steps));
  const rows = places.map(featuresOf);
  const trust = trusted(rows, times);
  const low = Math.min(...times) / 2;
  return (at) => {
    const place = placeOf(at, whole, steps);
    const weights = places.map(
      (other, k) => (trust[k] as number) / (near ** 2 + distance(place, other)) ** 2,
    );
    return Math.max(low, dot(featuresOf(place), leastSquares(rows, times, weights).coefficients));
  };
}

/** How badly some steps explain an operator: relative errors of its points, each predicted by all others. */
export function misfit(table: OperatorTimes, steps: readonly Steps[]): number {
  const times = table.points.map((point) => point.at(-1) as number);
  const rows = table.points.map((point) =>
    featuresOf(placeOf(point.slice(1, 1 + table.axes.length), table.whole, steps)),
  );
  const weights = trusted(rows, times);
  const { coefficients, leverage } = leastSquares(rows, times, weights);
  const scale = scaleOf(times);
  return rows.reduce((sum, row, k) => {
    const others = Math.max(0.05, 1 - leverage(row, weights[k] as number));
    const missed = (dot(row, coefficients) - (times[k] as number)) / others;
    return sum + Math.min(1, Math.abs(missed) * (scale[k] as number));
  }, 0);
}

/** What makes errors relative to the time, but for times next to nothing. */
function scaleOf(times: readonly number[]): number[] {
  const floor = 0.25 * median(times) + 1e-6;
  return times.map((time) => 1 / Math.hypot(time, floor));
}

const median = (values: readonly number[]): number => quantile(values, 0.5);

const rounds = 4;

/** Weights of points: relative, and lower the further a point lies from where most others put it (Cauchy's weights). */
function trusted(rows: readonly Float64Array[], times: readonly number[]): number[] {
  const scale = scaleOf(times);
  let weights = scale.map((s) => s * s);
  for (let round = 0; round < rounds; round++) {
    const { coefficients } = leastSquares(rows, times, weights);
    const errors = rows.map((row, k) => {
      const fitted = dot(row, coefficients);
      return Math.abs(fitted - (times[k] as number)) / Math.max(fitted, 0.25 / (scale[k] as number), 1e-9);
    });
    const usual = 2 * median(errors) + 1e-3;
    weights = errors.map((error, k) => (scale[k] as number) ** 2 / (1 + (error / usual) ** 2));
  }
  return weights;
}

const dot = (row: ArrayLike<number>, coefficients: Float64Array): number =>
  coefficients.reduce((sum, value, i) => sum + value * (row[i] as number), 0);

/** Where sizes lie: what they cost like, as shares of the whole, and which of them take the slow path. */
interface Place {
  readonly shares: readonly number[];
  readonly slow: readonly number[];
}

function placeOf(sizes: readonly number[], whole: readonly number[], steps: readonly Steps[]): Place {
  return {
    shares: sizes.map((size, j) => padded(size, steps[j] as Steps) / (whole[j] as number)),
    slow: sizes.map((size, j) => (isAligned(size, steps[j] as Steps) ? 0 : 1)),
  };
}

function distance(one: Place, other: Place): number {
  let sum = 0;
  one.shares.forEach((share, j) => {
    sum +=
      (share - (other.shares[j] as number)) ** 2 + ((one.slow[j] as number) - (other.slow[j] as number)) ** 2;
  });
  return sum;
}

/** 1, every share, their product, and the product again for every size on the slow path. */
function featuresOf({ shares, slow }: Place): Float64Array {
  const product = shares.reduce((a, b) => a * b, 1);
  const own = shares.length > 1 ? [...shares, product] : [...shares];
  return Float64Array.of(1, ...own, ...slow.map((flag) => flag * product));
}
