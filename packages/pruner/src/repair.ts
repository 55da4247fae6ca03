import type { Cut, Finding, Plan, Trace } from "@prune/graph";
import { PrunerError } from "./errors.js";

/** A unit that is to leave. */
export interface Item {
  readonly family: number;
  readonly unit: number;
  readonly score: number;
}

/** A plan without findings, and what had to come back for it. */
export interface Repaired {
  readonly plan: Plan;
  readonly cut: Cut;
  readonly items: readonly Item[];
  /** Why units of a family came back, by family. */
  readonly restored: ReadonlyMap<number, ReadonlySet<string>>;
}

/**
 * Gives blamed units back, best first and by halves, until nothing stands against the plan. Same input, same plan.
 *
 * @param failed what making the cut of `wanted` found, which its plan alone does not show
 */
export function repair(
  trace: Trace,
  wanted: readonly Item[],
  ragged: boolean,
  failed?: readonly Finding[],
): Repaired {
  let items = wanted;
  const restored = new Map<number, Set<string>>();
  for (let findings = failed; ; findings = undefined) {
    if (findings === undefined) {
      const chosen = { units: items.map(({ unit }) => unit), atoms: [] };
      const cut = trace.cut(chosen);
      findings = cut.findings;
      if (findings.length === 0)
        return { plan: ragged ? loose(trace, chosen) : chosen, cut, items, restored };
    }
    const back = new Set<Item>();
    for (const finding of findings)
      for (const item of blamed(trace, items, finding, back)) {
        back.add(item);
        const reasons = restored.get(item.family) ?? new Set<string>();
        restored.set(item.family, reasons.add(finding.text));
      }
    if (back.size === 0) throw new PrunerError("no-plan", { findings: findings.map(({ text }) => text) });
    items = items.filter((item) => !back.has(item));
  }
}

/** A plan in atoms, which mean the same in every view of the trace. */
const loose = (trace: Trace, plan: Plan): Plan => ({ units: [], atoms: [...trace.atoms(plan)] });

/**
 * Which units to give back for a finding: one for an axis that would be empty, all that must stay, else the better
 * half; rows before columns, as it is a whole row missing in one place and not in another that leaves rows uneven.
 */
function blamed(
  trace: Trace,
  items: readonly Item[],
  { ids, kind }: Finding,
  back: ReadonlySet<Item>,
): Item[] {
  const { units } = trace;
  const involved = trace.unitsAt(ids);
  const all = items.filter(({ unit }) => involved.has(unit));
  const rows = kind === "irregular" ? all.filter(({ unit }) => units.rows[unit] === 1) : [];
  const suspects = rows.length > 0 ? rows : all;
  if (suspects.some((item) => back.has(item))) return [];
  const best = suspects.sort((a, b) => b.score - a.score || b.unit - a.unit);
  if (kind === "frozen") return best;
  return best.slice(0, kind === "empty" || kind === "row" ? 1 : Math.ceil(best.length / 2));
}
