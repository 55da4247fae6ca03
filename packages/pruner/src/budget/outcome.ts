import type { Cost } from "@prune/graph";
import type { Resource } from "./resource.js";
import type { Solution } from "./solve.js";

/** What became of a budget. */
export interface Budget {
  readonly resource: Resource;
  readonly original: number;
  /** What may be left. */
  readonly target: number;
  readonly reached: number;
  /** The ratio that it took. */
  readonly ratio: number;
  /** No more than the target is left, and no more than 1 % less; within the noise, where there is any. */
  readonly met: boolean;
  /** Why it isn't met. */
  readonly why?: string;
  /** Half the 95 % interval of what was measured, as a share of it. */
  readonly noise?: number;
  /** What the latency table says of the plan, before measuring corrected it. */
  readonly predicted?: number;
  /** Kept counts are multiples of this, as the runtime is fast on them. */
  readonly multiple?: number;
  /** Multiples of this were wanted (asked for, or fast), and can't reach the target. */
  readonly tooCoarse?: number;
}

/** How far below its target a budget may end. */
export const tolerance = 0.01;

/** No more than the target, and no more than 1 % less, within the noise. */
export const meets = (left: number, target: number, noise = 0): boolean =>
  left <= target * (1 + noise) && left >= target * (1 - tolerance - noise);

type Left = Pick<Solution, "left" | "ratio" | "above" | "multiple" | "tooCoarse"> & {
  readonly noise?: number;
  readonly predicted?: number;
};

/** Judges what a plan leaves. */
export function outcome(
  { resource, original, target }: Pick<Budget, "resource" | "original" | "target">,
  { left, ratio, above, noise, predicted, multiple = 1, tooCoarse }: Left,
): Budget {
  const met = meets(left, target, noise);
  const budget: Budget = {
    resource,
    original,
    target,
    reached: left,
    ratio,
    met,
    ...(noise !== undefined && { noise }),
    ...(predicted !== undefined && { predicted }),
    ...(multiple > 1 && { multiple }),
    ...(tooCoarse !== undefined && { tooCoarse }),
  };
  return met ? budget : { ...budget, why: whyMissed(budget, above) };
}

function whyMissed(
  { resource, original, target, reached, noise = 0, multiple = 1 }: Budget,
  above?: number,
): string {
  if (original <= target) return `the model as it is needs ${number(original)}, no more than that`;
  if (reached > target && above === undefined)
    return `${number(reached)} ${names[resource]} are left when all leaves that may`;
  if (resource === "latency" || resource === "gzip") {
    const side = reached > target ? "closest that was measured" : "closest that was measured below";
    const known = noise > 0 ? `, known to ${number(100 * noise)} %` : "";
    return `${number(reached)} is the ${side}${known}${beyond(above)}`;
  }
  const coarse =
    multiple > 1 ? `multiples of ${multiple}, which run fast, are too coarse` : "units are too coarse";
  return `${coarse}: ${number(reached)} is the closest below${beyond(above)}`;
}

const beyond = (above: number | undefined): string =>
  above === undefined ? "" : `; the next larger plan leaves ${number(above)}`;

/** The budget after a cut had to give more units back than the plan did. */
export function restated(budget: Budget, { macs, parameters, bytes }: Cost): Budget {
  const now: Partial<Record<Resource, number | null>> = { macs, parameters, bytes };
  const left = now[budget.resource] ?? budget.reached;
  const { ratio, multiple = 1, tooCoarse } = budget;
  const again = { left, ratio, multiple, ...(tooCoarse !== undefined && { tooCoarse }) };
  return left === budget.reached ? budget : outcome(budget, again);
}

const names: Readonly<Record<Resource, string>> = {
  macs: "MACs",
  parameters: "parameters",
  bytes: "bytes",
  gzip: "bytes after gzip",
  latency: "ms",
};

const number = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 4 });
