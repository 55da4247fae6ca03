import { agreed, type Demand, type Known } from "./demands.js";
import { sizesOf, type TfNode } from "./node.js";
import { recordOf } from "./operators/operators.js";

/**
 * Shapes that tensors must have because of what reads them: a Conv2D takes four dims, and as many channels as its
 * filter. What is known of preprocessing only at run time (inputs of unknown rank, loops, bodies of functions) is known
 * where a layer with weights begins. Readers come last, so nodes are gone through backwards.
 */
export function demanded(nodes: readonly TfNode[], known: Known): ReadonlyMap<string, Demand> {
  const found = new Map<string, Demand>();
  const clashing = new Set<string>();
  for (const node of [...nodes].reverse()) {
    const given = node.outputs.map((name) => found.get(name) ?? declared(node, name));
    node.inputs.forEach((name, i) => {
      if (clashing.has(name) || known.shape(name)) return;
      const own = recordOf(node)?.demands?.(node, i, given, known);
      if (!own) return;
      const both = agreed(found.get(name), own);
      if (both) found.set(name, both);
      else {
        clashing.add(name);
        found.delete(name);
      }
    });
  }
  for (const node of nodes)
    for (const name of node.outputs) {
      const own = declared(node, name);
      const both = own && agreed(found.get(name), own);
      if (both) found.set(name, both);
    }
  return found;
}

/** What a node states of its own output. */
function declared(node: TfNode, output: string): Demand | undefined {
  const { attr } = node.def;
  const at = node.outputs.indexOf(output);
  const listed = attr?.output_shapes?.list?.shape ?? attr?._output_shapes?.list?.shape;
  const shape = node.op === "EnsureShape" ? attr?.shape?.shape : listed?.[at];
  return sizesOf(shape)?.map((size) => (size >= 0 ? size : undefined));
}
