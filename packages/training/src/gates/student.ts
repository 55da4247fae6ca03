import type { Backend, Family, Plan, Trace } from "@prune/graph";
import type { Model } from "@prune/onnx";
import type { UnitScores } from "./trial.js";

/** The network that gates are learned in, by which of its families' units are which of the original's. */
export interface Student {
  readonly model: Model;
  readonly trace: Trace;
  /** Units of the original, in the order of the student's family; undefined for those without gates. */
  readonly unitsOf: (family: Family) => Int32Array | undefined;
}

/**
 * Takes units out that a norm runs over: what a first plan removes of them leaves, the rest stays. Such a norm takes its
 * statistics over what lives, so that a cut of one unit moves all others, which its gate wouldn't show; gates are learned
 * in what is left.
 */
export function settle(
  model: Model,
  trace: Trace,
  given: UnitScores,
  { units: removed }: Plan,
  backend: Pick<Backend<Model>, "trace" | "cut">,
): { readonly scores: UnitScores; readonly student: Student } {
  const isGated = ({ id, notes }: Family): boolean => notes === 0 && given.has(id);
  const normed = trace.families.filter(({ id, notes }) => notes !== 0 && given.has(id));
  const leaves = new Set(removed);
  const scores = new Map(given);
  for (const { id, units } of normed)
    scores.set(
      id,
      Float32Array.from(units, (unit) => (leaves.has(unit) ? -Infinity : Infinity)),
    );
  const gone = normed.flatMap(({ units }) => Array.from(units).filter((unit) => leaves.has(unit)));
  if (gone.length === 0)
    return {
      scores,
      student: { model, trace, unitsOf: (family) => (isGated(family) ? family.units : undefined) },
    };
  const smaller = backend.cut(model, trace, trace.cut({ units: gone, atoms: [] }));
  const left = backend.trace(smaller);
  const places = (of: Trace, { members, units }: Family): string =>
    `${units.length} ${members.map((m) => of.members[m]?.parameter.tensor).join(" ")}`;
  const own = new Map(trace.families.filter(isGated).map((family) => [places(trace, family), family.units]));
  return {
    scores,
    student: { model: smaller, trace: left, unitsOf: (family) => own.get(places(left, family)) },
  };
}
