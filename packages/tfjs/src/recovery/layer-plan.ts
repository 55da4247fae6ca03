import { type Cut, keptBy, shapeOf } from "@prune/graph";
import { lastLayers, type Picked, type PlannedFit, pickedOf, type Skipped } from "@prune/recovery";
import { TfjsError } from "../errors.js";
import { type Linear, sizesOf } from "./linear.js";
import { type Tail, tailsOf, withoutResidual } from "./tail.js";
import type { TwinNet } from "./twin-net.js";

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer extends PlannedFit {
  readonly small: Linear;
  readonly whole: Linear;
  /** A residual that is added depends on no layer that is fitted later. */
  readonly tail: Tail;
}

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  readonly skipped: readonly Skipped[];
}

/**
 * What can be refitted of a pruned model, in order, and why the rest can't.
 * @throws {TfjsError} "other-cut" where the model is not what the cut leaves.
 */
export function planLayers(dense: TwinNet, pruned: TwinNet, cut: Cut, maxInputs: number): LayerPlan {
  const kept = keptBy(cut);
  const twins = new Map(dense.linears.map((linear) => [linear.layer, linear]));
  const skipped: Skipped[] = [...pruned.others];
  const tail = tailsOf(pruned, (linear) => sizesOf(linear).groups * sizesOf(linear).outputs);
  const found = pruned.linears.flatMap((small): Omit<PlannedLayer, "tail">[] => {
    const whole = twins.get(small.layer);
    const { groups, places, inputs, outputs } = sizesOf(small);
    const channel = small.channelsFirst ? 1 : -1;
    const skip = (what: "outputs" | "rows"): [] => {
      skipped.push({ layer: small.layer, reason: `which of the original's ${what} are left is not known` });
      return [];
    };
    const left = kept(small.layer, channel);
    if (!whole || !left || left.length === 0) return skip("outputs");
    if (left.length !== groups * outputs)
      throw new TfjsError("other-cut", { layer: small.layer, left: left.length, outputs: groups * outputs });
    const rows = rowsOf(cut, small);
    if (!rows) return skip("rows");
    const read = kept(whole.input, channel);
    const known = read?.length === groups * inputs ? read : undefined;
    const isMixed = small.window && groups === 1 && known && rows.length === 0 && inputs <= maxInputs;
    const kind = places * inputs <= maxInputs ? "whole" : isMixed ? "mixed" : "scaled";
    return [{ small, whole, outputs: left, inputs: known, kind, rows }];
  });
  const last = lastLayers(pruned.nodes, new Map(found.map(({ small }, i) => [small.layer, i])));
  const layers = found.map((layer, i): PlannedLayer => {
    const full = tail(layer.small);
    const { sum = "", other = "" } = full.residual ?? {};
    const isReady =
      full.residual &&
      // What is added is taken from the sum before the scale is undone.
      full.scale?.every((factor) => Math.abs(factor) > 1e-6) !== false &&
      (last.get(other) ?? -1) < i &&
      String(kept(sum, layer.small.channelsFirst ? 1 : -1)) === String(layer.outputs);
    return { ...layer, tail: isReady && layer.kind === "whole" ? full : withoutResidual(full) };
  });
  return { layers, skipped };
}

/** Heads that left are fewer rows of what reads them one by one; undefined where they share a dim with the samples. */
function rowsOf(cut: Cut, { layer, channelsFirst }: Linear): readonly Picked[] | undefined {
  const layout = cut.layout(layer);
  if (!layout) return undefined;
  const kept = keptBy(cut);
  const channel = channelsFirst ? 1 : layout.rank - 1;
  return pickedOf(shapeOf(layout), cut.shape(layer), (axis) => kept(layer, axis), channel);
}
