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

/** What is left of the dims of a tensor that are fewer than in the original; undefined where that isn't known. */
export function pickedOf(
  tensor: string,
  before: readonly number[],
  after: readonly number[],
  kept: Kept,
): readonly Picked[] | undefined {
  if (before.length !== after.length) return undefined;
  const picked = after.flatMap((size, axis): Picked[] =>
    size === before[axis] ? [] : [{ axis, kept: kept(tensor, axis) ?? [] }],
  );
  return picked.every(({ axis, kept: list }) => list.length === after[axis]) ? picked : undefined;
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
  const channel = linear.window ? 1 : after.length - 1;
  const positions = (dims: readonly number[]): readonly number[] =>
    dims.map((size, d) => (d === channel ? linear.outputs : size));
  const picked = pickedOf(linear.output, positions(before), positions(after), kept);
  return picked && (picked.length === 0 || kind !== "mixed") ? picked : undefined;
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
