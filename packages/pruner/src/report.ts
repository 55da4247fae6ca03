import type { Cost, Trace } from "@prune/graph";
import type { ChangedEnd } from "@prune/graph/advanced";
import { axisText, rootOf } from "@prune/graph/advanced";
import type { Budget } from "./budget/outcome.js";
import { type FrozenPositions, frozenAxes, prunableElements } from "./frozen.js";
import { heldBy, heldText } from "./held-by.js";
import type { Part } from "./parts.js";
import type { Choice } from "./plan-by-ratio.js";

/** What became of one family of units. */
export interface GroupReport {
  readonly family: number;
  /** Families with the same number are coupled through one axis. */
  readonly group: number;
  /** The axis that it is known by, `tensor:dim`. */
  readonly axis: string;
  readonly node: string;
  readonly part: Part;
  readonly total: number;
  readonly kept: number;
  readonly asked: number;
  /** Share of the units that left. */
  readonly ratio: number;
  /** Why fewer left than asked, or none. */
  readonly why: readonly string[];
}

/** What a pruning did; plain data. */
export interface Report {
  readonly backend: string;
  readonly criterion: string;
  readonly before: Cost;
  readonly after: Cost;
  readonly groups: readonly GroupReport[];
  /** Units that left. */
  readonly removed: number;
  /** Why nothing left, where nothing did. */
  readonly nothing?: string;
  readonly frozen: readonly FrozenPositions[];
  /** Share of the parameters' elements at positions that could leave. */
  readonly prunable: number;
  /** What became of the `target`, where one was set. */
  readonly budget?: Budget;
  /** Inputs and outputs of the model that got smaller, where some may. */
  readonly ends?: readonly ChangedEnd[];
  /** What the `verify` that was passed in found. */
  readonly law?: unknown;
}

/** What a plan does to each family of units, in the order of the choices. */
export function groupReports(trace: Trace, choices: readonly Choice[]): GroupReport[] {
  return choices.map(({ family, asked, removed, why }) => {
    const root = rootOf(trace, family);
    const total = family.units.length;
    return {
      family: family.id,
      group: family.group,
      axis: axisText(root),
      node: root.node,
      part: asked.part,
      total,
      kept: total - removed.length,
      asked: asked.ratio,
      ratio: removed.length / total,
      why,
    };
  });
}

export interface ReportParts {
  readonly backend: string;
  readonly criterion: string;
  readonly before: Cost;
  readonly after: Cost;
}

/**
 * The report of a plan: what leaves each family, what is frozen, and the share of elements that could leave at all.
 */
export function makeReport(trace: Trace, choices: readonly Choice[], parts: ReportParts): Report {
  const groups = groupReports(trace, choices);
  const removed = choices.reduce((sum, choice) => sum + choice.removed.length, 0);
  const frozen = frozenAxes(trace);
  const { prunable, total } = prunableElements(trace);
  return {
    ...parts,
    groups,
    removed,
    ...(removed === 0 && { nothing: nothing(trace, groups) }),
    frozen,
    prunable: total === 0 ? 0 : prunable / total,
  };
}

/** Why nothing leaves: what keeps the most units of those that may, else what holds the most parameters. */
function nothing(trace: Trace, groups: readonly GroupReport[]): string {
  if (groups.length > 0) {
    const units = new Map<string, number>();
    for (const { why, total } of groups)
      for (const text of why) units.set(text, (units.get(text) ?? 0) + total);
    const [most] = [...units].sort((a, b) => b[1] - a[1]);
    return `0 units removed because ${most?.[0] ?? "none was chosen"}`;
  }
  const [most] = heldBy(trace);
  return `0 units removed because no axis of a parameter is free to shrink${most ? `; ${heldText(most)}` : ""}`;
}
