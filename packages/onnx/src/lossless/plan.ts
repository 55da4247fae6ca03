import type { Cut, Finding, Plan, Trace } from "@prune/graph";
import { sourceOf } from "../backend/source-of.js";
import type { Model } from "../model.js";
import { findUses, type Refusal } from "./candidates.js";
import { decide, type Kind, type Leaving } from "./decide.js";
import { findFacts } from "./find-facts.js";
import { createView, type View } from "./view.js";

/** Units that can leave exactly. */
export interface LosslessPlan {
  readonly plan: Plan;
  readonly cut: Cut;
  readonly leaving: readonly Leaving[];
  /** Units that look removable and aren't, by unit. */
  readonly refused: ReadonlyMap<number, Refusal>;
  readonly view: View;
}

/** Finds the units of a model that are unread, zero, constant or copies of others, and can leave exactly. */
export function planLossless(model: Model, trace: Trace, negligible: number): LosslessPlan {
  const view = createView(sourceOf(trace), trace, negligible);
  findFacts(view);
  const { leaving, refused } = decide(model, trace, view, findUses(trace, view));
  return settle(trace, { leaving, refused, view });
}

type Parts = Pick<LosslessPlan, "leaving" | "refused" | "view">;

/** Gives units back until nothing stands against the cut: every axis keeps a unit, rows keep equal counts. */
export function settle(
  trace: Trace,
  { leaving, refused, view }: Parts,
  failed?: readonly Finding[],
): LosslessPlan {
  const why = new Map(refused);
  let left = [...leaving].sort((a, b) => order[a.kind] - order[b.kind]);
  for (let findings = failed; ; findings = undefined) {
    const plan: Plan = { units: left.map(({ unit }) => unit), atoms: [] };
    const cut = trace.cut(plan);
    findings ??= cut.findings;
    if (findings.length === 0) return { plan, cut, leaving: left, refused: why, view };
    const back = new Set<number>();
    for (const finding of findings)
      for (const unit of blamed(trace, left, finding, back)) {
        why.set(unit, { why: finding.text, node: "" });
        back.add(unit);
      }
    left = left.filter(({ unit }) => !back.has(unit));
  }
}

/** What is given back first comes last: what must be folded goes before what just leaves. */
const order: Readonly<Record<Kind, number>> = { unread: 0, zero: 1, duplicate: 2, constant: 3 };

function blamed(
  trace: Trace,
  leaving: readonly Leaving[],
  { ids, kind }: Finding,
  back: ReadonlySet<number>,
): number[] {
  const involved = trace.unitsAt(ids);
  const suspects = leaving.map(({ unit }) => unit).filter((unit) => involved.has(unit));
  if (suspects.some((unit) => back.has(unit))) return [];
  if (suspects.length === 0) return leaving.map(({ unit }) => unit);
  return kind === "empty" ? suspects.slice(-1) : suspects;
}
