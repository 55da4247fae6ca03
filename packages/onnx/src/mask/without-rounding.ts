import type { GraphEdit, Model, NodeEdit } from "../model.js";
import { noEdit } from "../write/write-model.js";

/**
 * The model with activations left as they are where it rounds them to integers and back. A sum in another order can
 * tip a value over a rounding boundary, and one step in one place grows from layer to layer: two quantised models are
 * compared to the last digit without these steps, or hardly at all. Weights stay quantised.
 */
export function withoutRounding(model: Model): GraphEdit {
  const quantised = new Map<string, string>();
  const nodes = new Map<number, NodeEdit>();
  for (const { op, inputs, outputs } of model.graph.nodes)
    if (op === "QuantizeLinear" && outputs[0]) quantised.set(outputs[0], inputs[0] as string);
  for (const node of model.graph.nodes) {
    const before = quantised.get(node.inputs[0] ?? "");
    if (node.op !== "DequantizeLinear" || before === undefined) continue;
    const attributes = new Map([...node.attributes.keys()].map((name) => [name, null]));
    nodes.set(node.index, { op: "Identity", domain: "", inputs: [before], attributes });
  }
  return { ...noEdit, nodes };
}
