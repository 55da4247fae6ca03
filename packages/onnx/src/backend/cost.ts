import { shapeAfter, usesOf } from "@prune/backend";
import { type Cost, type Cut, type Dim, type NodeCost, shapeOf, type Trace } from "@prune/graph";
import type { Model } from "../model.js";
import type { OnnxNode } from "../rules/node.js";
import { macsOf, type Sizes } from "./macs.js";
import { sourceOf } from "./source-of.js";
import { type Stored, storedAfter } from "./stored.js";

/** Cost of a model, or of what a cut would leave, from filtered layouts: no weight is read. */
export function costOf(model: Model, trace: Trace, cut?: Cut): Cost {
  const before = storedAfter(trace);
  const after = cut ? storedAfter(trace, cut) : before;
  const sum = (list: readonly Stored[], key: "elements" | "bytes"): number =>
    list.reduce((all, stored) => all + stored[key], 0);
  const outside = before.filter(({ external }) => external);
  return {
    macs: macsByNode(model, trace, cut).reduce((a, b) => a + b, 0),
    parameters: sum(after, "elements"),
    bytes: model.source.length + sum(outside, "bytes") + sum(after, "bytes") - sum(before, "bytes"),
  };
}

/** Cost per node; a tensor counts at the first node that reads it. */
export function costsOf(model: Model, trace: Trace, cut?: Cut): readonly NodeCost[] {
  const { nodes } = sourceOf(trace);
  const parameters = new Float64Array(nodes.length);
  for (const { node, elements } of storedAfter(trace, cut)) parameters[node]! += elements;
  const macs = macsByNode(model, trace, cut);
  return nodes.map(({ name, op, outputs }, i) => ({
    node: name || (outputs[0] ?? ""),
    op,
    macs: macs[i] as number,
    parameters: parameters[i] as number,
  }));
}

/** Of one sample: a batch that the model fixes is divided by. */
function macsByNode(model: Model, trace: Trace, cut?: Cut): number[] {
  const { nodes } = sourceOf(trace);
  const uses = usesOf(trace);
  const batch = batchOf(model);
  const named = (name: string): readonly Dim[] => {
    if (name === "") return [];
    const layout = trace.state.value(name)?.layout;
    if (!layout) return [];
    return cut ? cut.shape(layout) : shapeOf(layout);
  };
  const sizes = (node: OnnxNode, at: number): Sizes => ({
    input: (i) => {
      const name = node.inputs[i] ?? "";
      const parameter = uses.of(at, i, name);
      return (parameter ? shapeAfter(parameter, cut) : named(name)).map(numberOf);
    },
    output: (i) => named(node.outputs[i] ?? "").map(numberOf),
  });
  return nodes.map((node, at) => macsOf(node, sizes(node, at)) / batch);
}

/** A size at symbols of 1. */
function numberOf(dim: Dim): number {
  if (typeof dim === "number") return dim;
  const terms = dim.split("+").map((term) => Number.parseFloat(term));
  return Math.max(
    1,
    terms.reduce((sum, c) => sum + (Number.isNaN(c) ? 1 : c), 0),
  );
}

/** The first dim that all inputs and outputs have in common, when it is a number. */
function batchOf({ graph }: Model): number {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const firsts = new Set([...inputs, ...graph.outputs].map(({ shape }) => shape?.[0]));
  const [first] = firsts;
  return firsts.size === 1 && typeof first === "number" && first > 0 ? first : 1;
}
