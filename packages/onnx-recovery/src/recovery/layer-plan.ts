import type { Kept } from "@prune/graph";
import {
  implicitInputs,
  type Linear,
  linearLayers,
  type Model,
  type Node,
  order,
  otherLayers,
  wiringOf,
} from "@prune/onnx";
import { lastLayers, type PlannedFit, type Skipped } from "@prune/recovery";
import { OnnxRecoveryError } from "../error.js";
import { joined } from "./fits.js";
import type { LayerReader } from "./reader.js";
import { type Tail, tailOf } from "./tail.js";

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer extends PlannedFit {
  readonly linear: Linear;
  readonly whole: Linear;
  /** A residual that follows depends on no layer that is fitted later. */
  readonly tail: Tail;
  /** Of a layer that lost outputs or inputs: what alone reads it, place by place. */
  readonly reader?: LayerReader;
}

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  readonly skipped: readonly Skipped[];
}

/** What can be refitted of a pruned model, in topological order, and why the rest can't. */
export function planLayers(dense: Model, pruned: Model, kept: Kept, maxInputs: number): LayerPlan {
  const twins = new Map(linearLayers(dense).map((linear) => [linear.output, linear]));
  const wiring = wiringOf(pruned);
  const skipped: Skipped[] = otherLayers(pruned).map(({ output, reason }) => ({ layer: output, reason }));
  const found = linearLayers(pruned).flatMap((linear): Omit<PlannedLayer, "tail">[] => {
    const skip = (reason: string): [] => {
      skipped.push({ layer: linear.output, reason });
      return [];
    };
    const whole = twins.get(linear.output);
    if (!whole) return skip("the original has no layer with this output");
    const channel = linear.window ? 1 : -1;
    const outputs = kept(linear.output, channel);
    if (!outputs || outputs.length === 0)
      return skip("which of the original's outputs are left is not known");
    if (outputs.length !== linear.outputs) {
      const reason = `it leaves ${outputs.length} outputs, and the smaller model has ${linear.outputs}`;
      throw new OnnxRecoveryError("other-cut", { layer: linear.output, reason });
    }
    const inputs = kept(linear.input, channel);
    const known = inputs?.length === linear.inputs ? inputs : undefined;
    const isMixed = linear.window && linear.groups === 1 && known && linear.inputs <= maxInputs;
    const kind = joined(linear) <= maxInputs ? "whole" : isMixed ? "mixed" : "scaled";
    return [{ linear, whole, outputs, inputs: known, kind, rows: [] }];
  });
  const last = lastBefore(pruned, found);
  const layers = found.map((layer, i): PlannedLayer => {
    const tail = tailOf(wiring, layer.linear, kept);
    const isReady = tail.residual && (last.get(tail.residual.other) ?? -1) < i;
    if (layer.kind !== "whole") return { ...layer, tail: { ...withoutResidual(tail), relu: false } };
    return { ...layer, tail: isReady ? tail : withoutResidual(tail) };
  });
  return { layers, skipped };
}

/** A tail up to the residual sum. */
export const withoutResidual = (tail: Tail): Tail =>
  tail.residual ? { ...tail, residual: undefined, relu: false } : tail;

/** For every tensor the last of some layers that it follows from, by number. */
export function lastBefore(
  { graph }: Model,
  layers: readonly Pick<PlannedLayer, "linear">[],
): ReadonlyMap<string, number> {
  const nodes = order(graph).map((index) => {
    const node = graph.nodes[index] as Node;
    return { inputs: [...node.inputs, ...implicitInputs(node)], outputs: node.outputs };
  });
  return lastLayers(nodes, new Map(layers.map(({ linear }, i) => [linear.output, i])));
}
