import type { Backend, Cut, Trace } from "@prune/graph";
import { inBreaths, type Steps } from "@prune/graph/advanced";
import { PrunerError } from "../errors.js";
import type { Chosen, RatioOptions } from "../plan-by-ratio.js";
import type { Scores } from "../scores.js";
import { type CutPredictor, notSlower, onMultiple, solveAligned } from "./aligned.js";
import { amountIn, amountOf, type Costs, resourceOf, type Target } from "./amount.js";
import { type MeasuredValue, solveMeasured } from "./measured.js";
import { type Budget, outcome } from "./outcome.js";
import { type Price, type Solution, solve } from "./solve.js";

/** Measures what a cut leaves: bytes after compression, or milliseconds. The cut is one of `trace`. */
export type Measure = (cut: Cut, trace: Trace) => Promise<number | MeasuredValue>;

/** A budget of a resource, and how what a cut leaves of it is found. */
export interface BudgetOptions {
  /** What may be left of one resource, in place of a ratio: `{ macs: "60 %" }`, `{ bytes: "8 MB" }`, `{ latency: "15 ms" }`. */
  readonly target?: Target;
  /** How `gzip` and `latency` are measured. */
  readonly measure?: { readonly gzip?: Measure; readonly latency?: Measure };
  /**
   * What cut models take, from a latency table: budgets of `latency` are solved on it, and widths are chosen where the
   * runtime is fast. Without one, MACs stand in for milliseconds.
   */
  readonly predictor?: CutPredictor;
  /**
   * Whether a cut model is slower than the original. Without a predictor, a budget of what is computed that makes one is
   * met from further below, with widths on multiples that runtimes work in.
   */
  readonly isSlower?: (cut: Cut, trace: Trace) => Promise<boolean>;
}

/** A plan that meets a budget, with what it came to. */
export interface Budgeted extends Chosen {
  readonly budget: Budget;
}

export interface BudgetedOptions<Model> extends RatioOptions, BudgetOptions {
  readonly backend: Pick<Backend<Model>, "cost">;
  readonly target: Target;
  /** How far to go to the target, as a share of the way. @default 1 */
  readonly share?: number;
  /** Lets other work run between two plans that are tried. @default none */
  readonly breathe?: (() => Promise<void>) | undefined;
}

/** The least pruning within a budget. What is computed is exact for the plan; what is measured is measured at the end. */
export async function planByBudget<Model>(
  model: Model,
  trace: Trace,
  scores: Scores,
  options: BudgetedOptions<Model>,
): Promise<Budgeted> {
  const {
    backend,
    measure = {},
    predictor,
    isSlower,
    target: asked,
    share = 1,
    breathe = none,
    ...how
  } = options;
  const solved = (steps: Steps<Solution>): Promise<Solution> => inBreaths(steps, breathe);
  const { resource, amount } = resourceOf(asked);
  const price =
    (of: keyof Costs): Price =>
    ({ cut }) =>
      amountIn(backend.cost(model, trace, cut), of);
  const ms: Price | undefined = predictor && (({ cut }) => predictor.predict(cut, trace));
  const multiples = predictor?.multiples ?? [];
  const nothing = trace.cut({ units: [], atoms: [] });
  if (resource !== "gzip" && resource !== "latency") {
    const original = amountIn(backend.cost(model, trace), resource);
    const target = part(amountOf(resource, amount, original), original, share);
    const whole = predictor?.predict(nothing, trace);
    const exact = {
      price: price(resource),
      ...(ms && { worse: ms }),
      ...(whole !== undefined && { worst: whole }),
    };
    const found = await onMultiple(how.roundTo, target, (roundTo) => {
      const { roundTo: _, ...rest } = how;
      const options = roundTo === undefined ? rest : { ...rest, roundTo };
      return solved(solveAligned(trace, scores, options, target, exact, multiples));
    });
    const solution =
      isSlower && !predictor && how.roundTo === undefined && found.left < original
        ? await notSlower(
            found,
            target,
            ({ cut }) => isSlower(cut, trace),
            (alignTo) => solved(solve(trace, scores, { ...how, alignTo }, target, exact.price)),
          )
        : found;
    return { ...solution.chosen, budget: outcome({ resource, original, target }, solution) };
  }
  const measured = measure[resource];
  if (!measured) throw new PrunerError("no-measure", { resource });
  const { value: original } = valued(await measured(nothing, trace));
  const target = part(amountOf(resource, amount, original), original, share);
  const stand = resource === "latency" && ms ? ms : price(resource === "gzip" ? "bytes" : "macs");
  const solveFor = (left: number): Promise<Solution> =>
    resource === "latency" && ms
      ? solved(
          solveAligned(trace, scores, how, left, { price: ms, worse: negative(price("macs")) }, multiples),
        )
      : solved(solve(trace, scores, how, left, stand));
  const whole = stand({ plan: { units: [], atoms: [] }, cut: nothing, choices: [] });
  const solution = await solveMeasured({
    target,
    original,
    whole,
    solveFor,
    measure: async ({ chosen }) => valued(await measured(chosen.cut, trace)),
  });
  const { predicted, ...found } = solution;
  const told = resource === "latency" && ms ? { ...found, predicted } : found;
  return { ...solution.chosen, budget: outcome({ resource, original, target }, told) };
}

const none = async (): Promise<void> => {};

const valued = (found: number | MeasuredValue): MeasuredValue =>
  typeof found === "number" ? { value: found } : found;

const negative =
  (price: Price): Price =>
  (chosen) =>
    -price(chosen);

const part = (target: number, original: number, share: number): number =>
  share === 1 ? target : original - (original - Math.min(target, original)) * share;
