import type { Kept } from "@prune/graph";
import type { Dims } from "../walk/dims.js";
import type { PlannedLayer } from "./layer-plan.js";

/** Dims of tensors in the original and in the smaller net. */
export interface SidesDims {
  readonly dense: Dims;
  readonly pruned: Dims;
}

/** What is left of a dim of the original's tensor. */
export interface Picked {
  readonly axis: number;
  readonly kept: readonly number[];
}

/**
 * Where a layer's rows lie among the original's: heads that left are fewer rows of what reads them one by one. Undefined
 * where that isn't known.
 */
export function rowsOf(
  { linear, kind }: PlannedLayer,
  { dense, pruned }: SidesDims,
  kept: Kept,
): readonly Picked[] | undefined {
  const [before, after] = [dense.of(linear.output, 0), pruned.of(linear.output, 0)];
  if (before.length !== after.length) return undefined;
  const channel = linear.window ? 1 : after.length - 1;
  const fewer = after.flatMap((size, d) => (d === channel || size === before[d] ? [] : [d]));
  const picked = fewer.map((axis) => ({ axis, kept: kept(linear.output, axis) ?? [] }));
  const isKnown = picked.every(({ axis, kept: list }) => list.length === after[axis]);
  return isKnown && (fewer.length === 0 || kind !== "mixed") ? picked : undefined;
}

/** Whether a sum and what is added to a layer have the shape of the layer's own output, channels aside. */
export function addsAlike(
  { tail: { residual: added }, linear }: PlannedLayer,
  { dense, pruned }: SidesDims,
): boolean {
  if (!added) return true;
  if (dense.vary(added.sum) || pruned.vary(added.other)) return false;
  const [sum, other] = [dense.of(added.sum, 0), pruned.of(added.other, 0)];
  const channel = linear.window ? 1 : sum.length - 1;
  return (
    sum.length === other.length &&
    other.every((size, d) => size === (d === channel ? linear.outputs : sum[d]))
  );
}
