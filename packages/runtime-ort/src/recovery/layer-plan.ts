import type { Kept } from "@prune/graph";
import {
  implicitInputs,
  type Linear,
  linearLayers,
  type Model,
  order,
  otherLayers,
  wiringOf,
} from "@prune/onnx";
import type { Skipped } from "@prune/recovery";
import { RuntimeError } from "../error.js";
import type { Picked } from "./alike.js";
import { joined } from "./fits.js";
import type { LayerReader } from "./reader.js";
import { type Tail, tailOf } from "./tail.js";

/** A layer of the pruned net, its dense twin, and how it is fitted. */
export interface PlannedLayer {
  readonly linear: Linear;
  readonly whole: Linear;
  /** Channels of the dense layer's output and input that are left. */
  readonly outputs: readonly number[];
  readonly inputs: readonly number[] | undefined;
  /**
   * whole: from all its inputs; mixed: its input's channels, alike at all places of the kernel; scaled: its outputs one
   * by one, where there are too many inputs.
   */
  readonly kind: "whole" | "mixed" | "scaled";
  /** Where its rows lie among the original's, if they are fewer. */
  readonly rows: readonly Picked[];
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
      throw new RuntimeError("other-cut", { layer: linear.output, reason });
    }
    const inputs = kept(linear.input, channel);
    const known = inputs?.length === linear.inputs ? inputs : undefined;
    const isMixed = linear.window && linear.groups === 1 && known && linear.inputs <= maxInputs;
    const kind = joined(linear) <= maxInputs ? "whole" : isMixed ? "mixed" : "scaled";
    return [{ linear, whole, outputs, inputs: known, kind, rows: [] }];
  });
  const last = lastLayers(pruned, new Map(found.map(({ linear }, i) => [linear.output, i])));
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

/** For every tensor the last layer that it follows from. */
export function lastLayers(
  { graph }: Model,
  layers: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const index of order(graph)) {
    const node = graph.nodes[index];
    if (!node) continue;
    const read = [...node.inputs, ...implicitInputs(node)];
    const before = read.reduce((most, name) => Math.max(most, last.get(name) ?? -1), -1);
    for (const name of node.outputs) last.set(name, Math.max(before, layers.get(name) ?? -1));
  }
  return last;
}
