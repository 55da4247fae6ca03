import { emptyPlan, type Trace } from "@prune/graph";
import type { Member } from "@prune/graph/advanced";
import type { OnnxBackend } from "../backend/backend.js";
import { checkModel } from "../backend/check-model.js";
import type { Model } from "../model.js";
import type { Kind } from "./decide.js";
import { foldInto } from "./fold.js";
import { type LosslessPlan, planLossless, settle } from "./plan.js";

/** What counts as nothing when a model is shrunk without a change of its outputs. */
export interface LosslessOptions {
  /**
   * A row or column of weights that are all smaller, relative to the largest of their tensor, counts as zero: what
   * weight decay leaves of dead units. The result is then equal as far as float32 can show, which a run has to confirm.
   * 0: only numbers too small for a normal float32.
   * @default 1e-6
   */
  readonly negligible?: number;
}

/** What `lossless` made of a model, and what it did. */
export interface Lossless {
  /** The model that was passed in, where nothing could be removed. */
  readonly model: Model;
  readonly report: LosslessReport;
}

/** What left a model without a change of its outputs, and why the rest stays. */
export interface LosslessReport {
  /** Units by layer and kind, in the order in which they left. */
  readonly removed: readonly { readonly layer: string; readonly kind: Kind; readonly units: number }[];
  /** Units that look removable and had to stay. */
  readonly refused: readonly {
    readonly layer: string;
    /** What keeps them; "" where no single node does. */
    readonly node: string;
    readonly why: string;
    readonly units: number;
  }[];
}

/**
 * Removes what can go without changing any output: units that nothing reads, that hold zero or another constant, or
 * that hold what another unit holds. Repeats while removing some makes others removable.
 */
export function lossless(
  model: Model,
  backend: OnnxBackend,
  { negligible = 1e-6 }: LosslessOptions = {},
): Lossless {
  const removed: LosslessReport["removed"][number][] = [];
  for (let current = model; ; ) {
    const trace = backend.trace(current);
    const step = removeOnce(current, backend, trace, planLossless(current, trace, negligible));
    removed.push(...countRemoved(trace, step.plan));
    if (step.plan.leaving.length === 0)
      return {
        model: current,
        report: { removed: gathered(removed), refused: countRefused(trace, step.plan) },
      };
    current = step.model;
  }
}

function removeOnce(
  model: Model,
  backend: OnnxBackend,
  trace: Trace,
  first: LosslessPlan,
): { readonly model: Model; readonly plan: LosslessPlan } {
  for (let plan = first; ; ) {
    if (plan.leaving.length === 0) return { model, plan };
    let cut: Model;
    try {
      cut = backend.cut(model, trace, plan.cut);
    } catch (error) {
      const findings = trace.blamedBy(error);
      if (findings.length === 0) throw error;
      plan = settle(trace, plan, findings);
      continue;
    }
    const folded = foldInto(cut, plan);
    if (folded !== cut) sameShapes(cut, folded, backend);
    return { model: folded, plan };
  }
}

function sameShapes(cut: Model, folded: Model, backend: OnnxBackend): void {
  const trace = backend.trace(cut);
  checkModel(cut, folded, {}, { traced: trace, again: backend.trace(folded), cut: trace.cut(emptyPlan) });
}

function countRemoved(trace: Trace, { leaving }: LosslessPlan): LosslessReport["removed"] {
  return leaving.map(({ unit, kind }) => ({ layer: layerOf(trace, unit), kind, units: 1 }));
}

function countRefused(trace: Trace, { refused }: LosslessPlan): LosslessReport["refused"] {
  return gathered(
    [...refused].map(([unit, { why, node }]) => ({ layer: layerOf(trace, unit), node, why, units: 1 })),
  );
}

/** Adds up entries that differ in nothing but the number of units. */
function gathered<T extends { readonly units: number }>(entries: readonly T[]): T[] {
  const sums = new Map<string, T>();
  for (const entry of entries) {
    const key = JSON.stringify({ ...entry, units: 0 });
    sums.set(key, { ...entry, units: (sums.get(key)?.units ?? 0) + entry.units });
  }
  return [...sums.values()];
}

/** The tensor whose rows make a unit. */
function layerOf(trace: Trace, unit: number): string {
  const members: Member[] = [];
  trace.eachPlace(unit, (m) => void members.push(trace.members[m] as Member));
  const producer = members.find((member) => member?.selector.role === "out") ?? members[0];
  return producer?.parameter.tensor ?? "";
}
