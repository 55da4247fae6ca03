import type { Cost } from "@prune/graph";
import type { Resource } from "../budget/resource.js";
import type { Bar, JudgedModel, KeepEstimate } from "./judged-model.js";

/** A model of a search: what it costs and how it does. */
export interface Sized extends JudgedModel, Cost {}

/** How the model of one budget did. */
export interface Confirmation extends JudgedModel {
  /** What was allowed, as a share of the original's. */
  readonly target: number;
  /** What is left of that resource, as a share. */
  readonly left: number;
  /** In the search: at all; where it is confirmed: within two standard errors. */
  readonly holds: boolean;
}

/** One budget that was tried. */
export interface Point extends Confirmation, Cost {}

/** Every budget that a search tried, in that order, and how the models did on held-out samples. */
export interface KeepCurve extends Bar {
  /** What budgets are set on. */
  readonly resource: Resource;
  readonly original: Sized;
  readonly points: readonly Point[];
  /** Budgets that held, judged by samples without a part in the search: smallest first, up to the one that is returned. */
  readonly confirmations: readonly Confirmation[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** "an agreement of at least 98.0 % with the original". */
export function barText({ measure, least }: Bar): string {
  if (measure === "agreement") return `an agreement of at least ${percent(least)} with the original`;
  if (measure === "accuracy") return `an accuracy of at least ${percent(least)}`;
  return `the accuracy within ${(-100 * least).toFixed(1)} points of the original's`;
}

/** A line for each budget, largest first: "48.9 % of the macs left: agreement 97.7 % ± 1.3". */
export function curveLines(
  { resource, measure }: Pick<KeepCurve, "resource" | "measure">,
  judged: readonly Confirmation[],
): string[] {
  return [...judged]
    .sort((a, b) => b.left - a.left)
    .map(({ left, holds, ...by }) => {
      const { value, standardError } = by[measure] as KeepEstimate;
      const name = measure === "change" ? "change of accuracy" : measure;
      const end = holds ? "" : ", not held";
      return `${percent(left)} of the ${resource} left: ${name} ${percent(value)} ± ${(100 * standardError).toFixed(1)}${end}`;
    });
}
