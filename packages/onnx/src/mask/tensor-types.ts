import { elementNumbers } from "../cut/encode.js";
import { loopType } from "../inline/flat-graph.js";
import type { Graph, Model, Node } from "../model.js";
import { recordOf } from "../operators/operators.js";
import { order, subgraphs } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";

type Types = Map<string, number>;

/** Element type by tensor of the main graph, wherever the model states it or it follows. */
export function elementTypes({ graph }: Model): ReadonlyMap<string, number> {
  const types: Types = new Map();
  infer(graph, types);
  return types;
}

function infer(graph: Graph, types: Types): void {
  for (const { name, elementType } of graph.initializers.values()) types.set(name, elementType);
  for (const { name, elementType } of [...graph.inputs, ...graph.outputs, ...graph.valueInfo.values()])
    if (elementType > 0) types.set(name, elementType);
  for (const index of order(graph)) {
    const node = graph.nodes[index] as Node;
    node.outputs.forEach((name, i) => {
      if (name === "" || types.has(name)) return;
      const found = outputType(node, i, types);
      if (found !== undefined) types.set(name, found);
    });
  }
}

function outputType(node: Node, output: number, types: Types): number | undefined {
  const [graph] = subgraphs(node);
  if (graph) return bodyType(graph, node.op === "Loop" ? output + 1 : output, types);
  if (node.op === "If") return types.get(node.inputs[1 + output] ?? "");
  const loop = loopType(node, output);
  if (loop) return typeof loop === "string" ? elementNumbers[loop] : types.get(node.inputs[loop.like] ?? "");
  const constant = constantWeight(node);
  if (constant) return constant.elementType;
  const stated =
    intAttribute(node, "to") ?? intAttribute(node, "dtype") ?? intAttribute(node, "output_dtype");
  if (stated) return stated;
  const value = node.attributes.get("value");
  if (node.op === "ConstantOfShape")
    return value?.kind === "tensor" ? value.value.elementType : elementNumbers.float32;
  const made = recordOf(node)?.types;
  const from = made?.[output] ?? made?.[0];
  if (typeof from === "string") return elementNumbers[from];
  const name = from ? node.inputs[from.like] : node.inputs.find((input) => types.has(input));
  return types.get(name ?? "") ?? (node.op === "QuantizeLinear" ? elementNumbers.uint8 : undefined);
}

function bodyType(graph: Graph, output: number, outer: Types): number | undefined {
  const types: Types = new Map(outer);
  infer(graph, types);
  return types.get(graph.outputs[output]?.name ?? "");
}

function intAttribute(node: Node, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : undefined;
}
