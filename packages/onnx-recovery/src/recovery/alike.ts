import type { Kept } from "@prune/graph/advanced";
import { type Picked, pickedOf } from "@prune/recovery/advanced";
import type { Both } from "../walk/both-nets.js";
import type { Dims } from "../walk/dims.js";
import type { GraphBuilder } from "../walk/graph-builder.js";
import type { PlannedLayer } from "./layer-plan.js";

/** Dims of tensors in the original and in the smaller net. */
export type SidesDims = Both<Dims>;

/** Nodes that take of a tensor of the original what is left of it. */
export const emitPicked = (graph: GraphBuilder, tensor: string, picked: readonly Picked[]): string =>
  picked.reduce(
    (from, { axis, kept }) => graph.emit("Gather", [from, graph.integers(kept)], { axis }),
    tensor,
  );

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
  const picked = pickedOf(before, after, (axis) => kept(linear.output, axis), channel);
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
