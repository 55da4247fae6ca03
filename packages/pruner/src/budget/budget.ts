import type { Backend, Cost, Cut, Trace } from "@prune/graph";
import { PrunerError } from "../errors.js";
import type { Chosen, RatioOptions } from "../plan-by-ratio.js";
import type { Scores } from "../scores.js";
import { amountOf, type Resource, resourceOf, type Target } from "./amount.js";
import { type Price, type Solution, solve } from "./solve.js";

/** Measures what a cut leaves: bytes after compression, or milliseconds. The cut is one of `trace`. */
export type Measure = (cut: Cut, trace: Trace) => Promise<number>;

export interface BudgetOptions {
  /** What may be left of one resource, in place of a ratio: `{ macs: "60 %" }`, `{ bytes: "8 MB" }`, `{ latency: "15 ms" }`. */
  readonly target?: Target;
  /** How `gzip` and `latency` are measured. */
  readonly measure?: { readonly gzip?: Measure; readonly latency?: Measure };
}

/** What became of a budget. */
export interface Budget {
  readonly resource: Resource;
  readonly original: number;
  /** What may be left. */
  readonly target: number;
  readonly reached: number;
  /** The ratio that it took. */
  readonly ratio: number;
  /** No more than the target is left, and no more than 1 % less. */
  readonly met: boolean;
  /** Why it isn't met. */
  readonly why?: string;
}

export interface Budgeted extends Chosen {
  readonly budget: Budget;
}

export interface BudgetedOptions<Model> extends RatioOptions, BudgetOptions {
  readonly backend: Pick<Backend<Model>, "cost">;
  readonly target: Target;
  /** How far to go to the target, as a share of the way. @default 1 */
  readonly share?: number;
}

/** How far below its target a budget may end. */
export const tolerance = 0.01;

/** The least pruning within a budget. What is computed is exact for the plan; what is measured is measured at the end. */
export async function planByBudget<Model>(
  model: Model,
  trace: Trace,
  scores: Scores,
  options: BudgetedOptions<Model>,
): Promise<Budgeted> {
  const { backend, measure = {}, target: asked, share = 1, ...how } = options;
  const { resource, amount } = resourceOf(asked);
  const price =
    (of: keyof Cost): Price =>
    ({ cut }) =>
      backend.cost(model, trace, cut)[of];
  if (resource !== "gzip" && resource !== "latency") {
    const original = backend.cost(model, trace)[resource];
    const target = part(amountOf(resource, amount, original), original, share);
    const solution = solve(trace, scores, how, target, price(resource));
    return { ...solution.chosen, budget: outcome({ resource, original, target }, solution) };
  }
  const measured = measure[resource];
  if (!measured) throw new PrunerError("no-measure", { resource });
  const nothing = trace.cut({ units: [], atoms: [] });
  const original = await measured(nothing, trace);
  const target = part(amountOf(resource, amount, original), original, share);
  const of = resource === "gzip" ? "bytes" : "macs";
  const whole = backend.cost(model, trace)[of];
  const solveFor = (left: number): Solution => solve(trace, scores, how, left, price(of));
  const solution = await calibrate({ target, original, whole }, solveFor, ({ chosen }) =>
    measured(chosen.cut, trace),
  );
  return { ...solution.chosen, budget: outcome({ resource, original, target }, solution) };
}

const part = (target: number, original: number, share: number): number =>
  share === 1 ? target : original - (original - Math.min(target, original)) * share;

/** The budget after a cut had to give more units back than the plan did. */
export function restated(budget: Budget, { macs, parameters, bytes }: Cost): Budget {
  const now: Partial<Record<Resource, number>> = { macs, parameters, bytes };
  const left = now[budget.resource] ?? budget.reached;
  return left === budget.reached ? budget : outcome(budget, { left, ratio: budget.ratio });
}

interface Calibration {
  readonly target: number;
  readonly original: number;
  /** Of the computed cost that stands in for what is measured. */
  readonly whole: number;
}

/**
 * Solves a measured budget by a computed cost that goes with it: interpolates the measurements made so far, solves for
 * the cost that should give the target, measures, and so on.
 */
async function calibrate(
  { target, original, whole }: Calibration,
  solveFor: (left: number) => Solution,
  measured: (solution: Solution) => Promise<number>,
): Promise<Solution> {
  if (original <= target) return { ...solveFor(whole), left: original };
  const floor = solveFor(0);
  const least = await measured(floor);
  if (least > target) return { ...floor, left: least };
  let best: Solution = { ...floor, left: least };
  let low = { cost: floor.left, value: least };
  let high = { cost: whole, value: original };
  for (let i = 0; i < 8 && best.left < target * (1 - tolerance); i++) {
    const share = (target * (1 - tolerance / 3) - low.value) / Math.max(1e-12, high.value - low.value);
    const middle = low.cost + (high.cost - low.cost) * Math.min(0.95, Math.max(0.05, share));
    const found = solveFor(middle);
    const value = await measured(found);
    if (value <= target) {
      if (value > best.left) best = { ...found, left: value };
      low = { cost: found.left, value };
    } else high = { cost: found.left, value };
    if (high.cost - low.cost <= whole * 1e-4) break;
  }
  return { ...best, above: high.value };
}

function outcome(
  of: Pick<Budget, "resource" | "original" | "target">,
  { left, ratio, above }: Pick<Solution, "left" | "ratio" | "above">,
): Budget {
  const { resource, original, target } = of;
  const met = left <= target && left >= target * (1 - tolerance);
  const budget = { resource, original, target, reached: left, ratio, met };
  if (met) return budget;
  if (original <= target)
    return { ...budget, why: `the model as it is needs ${number(original)}, no more than that` };
  if (left > target)
    return { ...budget, why: `${number(left)} ${names[resource]} are left when all leaves that may` };
  if (resource === "latency" || resource === "gzip")
    return { ...budget, why: `${number(left)} is the closest that was measured below` };
  const next = above === undefined ? "" : `; the next larger plan leaves ${number(above)}`;
  return { ...budget, why: `units are too coarse: ${number(left)} is the closest below${next}` };
}

const names: Readonly<Record<Resource, string>> = {
  macs: "MACs",
  parameters: "parameters",
  bytes: "bytes",
  gzip: "bytes after gzip",
  latency: "ms",
};

const number = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 4 });
