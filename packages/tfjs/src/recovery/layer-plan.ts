import type { Cut } from "@prune/graph";
import { keptBy, shapeOf } from "@prune/graph/advanced";
import {
  type LayerPlan,
  type LayerView,
  type Picked,
  type PlannedLayer as PlannedOf,
  pickedOf,
  planLayers,
  type Tail,
} from "@prune/recovery/advanced";
import { type Linear, sizesOf } from "./linear.js";
import { tailsOf } from "./tail.js";
import type { TwinNet } from "./twin-net.js";

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer extends PlannedOf<Linear> {
  readonly tail: Tail;
}

/** What can be refitted of a pruned model, in order, and why the rest can't. */
export function planOf(
  dense: TwinNet,
  pruned: TwinNet,
  cut: Cut,
  maxInputs: number,
): LayerPlan<Linear, Tail> {
  const kept = keptBy(cut);
  return planLayers({
    linears: { dense: dense.linears, pruned: pruned.linears },
    others: pruned.others,
    nodes: pruned.nodes,
    view: viewOf,
    kept,
    maxInputs,
    rows: (linear) => rowsOf(cut, linear),
    tail: tailsOf(pruned),
    takes: (linear, { scale, residual }, outputs) =>
      // What is added is taken from the sum before the scale is undone.
      scale?.every((factor) => Math.abs(factor) > 1e-6) !== false &&
      String(kept(residual?.sum ?? "", axisOf(linear))) === String(outputs),
  });
}

const axisOf = ({ channelsFirst }: Linear): number => (channelsFirst ? 1 : -1);

function viewOf(linear: Linear): LayerView {
  const { groups, places, inputs, outputs } = sizesOf(linear);
  return {
    groups,
    inputs: places * inputs,
    outputs,
    output: linear.layer,
    input: linear.input,
    axis: axisOf(linear),
    channels: inputs,
    isWindow: linear.window !== undefined,
  };
}

/** Heads that left are fewer rows of what reads them one by one; undefined where they share a dim with the samples. */
function rowsOf(cut: Cut, { layer, channelsFirst }: Linear): readonly Picked[] | undefined {
  const layout = cut.layout(layer);
  if (!layout) return undefined;
  const kept = keptBy(cut);
  const channel = channelsFirst ? 1 : layout.rank - 1;
  return pickedOf(shapeOf(layout), cut.shape(layer), (axis) => kept(layer, axis), channel);
}
