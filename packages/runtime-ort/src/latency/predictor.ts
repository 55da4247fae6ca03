import type { Cut, Trace } from "@prune/graph";
import { quantile } from "../measure.js";
import { sizesOf } from "./axes.js";
import { findSteps, kindOf, type StepsByKind } from "./find-steps.js";
import { leastSquares } from "./least-squares.js";
import { fitOperator, type OperatorFit } from "./operator-fit.js";
import { smooth } from "./steps.js";
import type { LatencyTable } from "./table.js";

/** Predicts from a latency table what a cut model takes. */
export interface LatencyPredictor {
  /** Milliseconds of a whole run of a cut model; costs about a millisecond. */
  predict(cut: Cut, trace: Trace): number;
  /** Relative error on one of the table's own cut models, predicted by the others: the median of all. */
  readonly error: number;
  /** Widths that are multiples of these may run faster than those between: the steps that the runtime works in. */
  readonly multiples: readonly number[];
}

/**
 * A predictor from a measured table: it fits what is between the points, which takes a moment, and keeps what it was
 * asked.
 */
export function latencyPredictor(table: LatencyTable): LatencyPredictor {
  const steps = findSteps(table);
  const fits = fitsOf(table, steps);
  const { base, scale } = calibrated(table, fits);
  const known = fits.map(() => new Map<string, number>());
  const least = Math.min(...table.runs) / 4;
  let error: number | undefined;
  return {
    multiples: multiplesOf(steps),
    get error() {
      error ??= errorOf(table, steps, { base, scale });
      return error;
    },
    predict(cut, trace) {
      const { nodes } = trace.source;
      let sum = 0;
      table.operators.forEach(({ axes, nodes: own }, k) => {
        for (const at of own) {
          const node = nodes[at];
          if (!node) continue;
          const sizes = sizesOf(node, axes, cut);
          const key = sizes.join();
          const ms = known[k]?.get(key) ?? (fits[k] as OperatorFit)(sizes);
          known[k]?.set(key, ms);
          sum += ms;
        }
      });
      return Math.max(least, base + scale * sum);
    },
  };
}

/** Every block and need that was found, up from 1. */
function multiplesOf(steps: StepsByKind): number[] {
  const found = [...steps.values()].flat().flatMap(({ block, needs }) => [block, needs]);
  return [...new Set([1, ...found])].sort((a, b) => a - b);
}

const fitsOf = (table: LatencyTable, steps: StepsByKind, without?: number): OperatorFit[] =>
  table.operators.map((operator) =>
    fitOperator(operator, steps.get(kindOf(operator)) ?? operator.axes.map(() => smooth), without),
  );

interface Calibration {
  readonly base: number;
  readonly scale: number;
}

/** What a run costs besides its operators, less what the profiler adds to each, and what operators cost without it. */
function calibrated(table: LatencyTable, fits: readonly OperatorFit[]): Calibration {
  const sums = table.runs.map((_, sample) => sumOf(table, fits, sample));
  const weights = table.runs.map((ms) => 1 / ms ** 2);
  const withBase = sums.map((sum) => [1, sum]);
  const [base = 0, scale = 1] = leastSquares(withBase, table.runs, weights).coefficients;
  if (scale > 0) return { base, scale };
  const alone = sums.map((sum) => [sum]);
  return { base: 0, scale: leastSquares(alone, table.runs, weights).coefficients[0] ?? 1 };
}

/** Milliseconds of all operators of one of the table's cut models. */
function sumOf({ operators }: LatencyTable, fits: readonly OperatorFit[], sample: number): number {
  let sum = 0;
  operators.forEach(({ points, axes }, k) => {
    const fit = fits[k] as OperatorFit;
    for (const point of points) if (point[0] === sample) sum += fit(point.slice(1, 1 + axes.length));
  });
  return sum;
}

/** Each cut model is left out in turn; what a run costs besides its operators is of all. */
function errorOf(table: LatencyTable, steps: StepsByKind, { base, scale }: Calibration): number {
  const errors = table.runs.map((ms, sample) => {
    const told = base + scale * sumOf(table, fitsOf(table, steps, sample), sample);
    return Math.abs(told - ms) / ms;
  });
  return quantile(errors, 0.5);
}
