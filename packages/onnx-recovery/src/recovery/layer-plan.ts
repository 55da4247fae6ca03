import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import {
  implicitInputs,
  type Linear,
  linearLayers,
  type Node,
  order,
  otherLayers,
  wiringOf,
} from "@prune/onnx/advanced";
import {
  type LayerPlan,
  type LayerView,
  lastLayers,
  type PlannedLayer as PlannedOf,
  planLayers,
} from "@prune/recovery/advanced";
import { sizesOf } from "./fits.js";
import { type AffineTail, tailOf } from "./tail.js";

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer extends PlannedOf<Linear> {
  readonly tail: AffineTail;
  /** Of a layer that lost outputs or inputs: what alone reads it. */
  readonly reader?: LayerReader;
}

/** The one layer that reads another's outputs, through elementwise operators alone. */
export interface LayerReader {
  /** With a residual that is known when the layer before it is fitted. */
  readonly layer: PlannedLayer;
  readonly between: Between;
  /** Places that its window sees at once; undefined where it reads every place by itself. */
  readonly places: number | undefined;
}

/** The nodes between two layers as a model, and the tensors at its ends. */
export interface Between {
  readonly bytes: Uint8Array;
  readonly opset: number;
  readonly from: string;
  readonly to: string;
}

/** What can be refitted of a pruned model, in topological order, and why the rest can't. */
export function planOf(
  dense: Model,
  pruned: Model,
  kept: Kept,
  maxInputs: number,
): LayerPlan<Linear, AffineTail> {
  const wiring = wiringOf(pruned);
  return planLayers({
    linears: { dense: linearLayers(dense), pruned: linearLayers(pruned) },
    others: otherLayers(pruned).map(({ output, reason }) => ({ layer: output, reason })),
    nodes: nodesOf(pruned),
    view: viewOf,
    kept,
    maxInputs,
    tail: (linear) => tailOf(wiring, linear, kept),
  });
}

const viewOf = (linear: Linear): LayerView => ({
  ...sizesOf(linear),
  output: linear.output,
  input: linear.input,
  axis: linear.window ? 1 : -1,
  channels: linear.inputs / linear.groups,
  isWindow: linear.window !== undefined,
});

function nodesOf({ graph }: Model): { inputs: string[]; outputs: readonly string[] }[] {
  return order(graph).map((index) => {
    const node = graph.nodes[index] as Node;
    return { inputs: [...node.inputs, ...implicitInputs(node)], outputs: node.outputs };
  });
}

/** For every tensor the last of some layers that it follows from, by number. */
export const lastBefore = (
  model: Model,
  layers: readonly Pick<PlannedLayer, "linear">[],
): ReadonlyMap<string, number> =>
  lastLayers(nodesOf(model), new Map(layers.map(({ linear }, i) => [linear.output, i])));
