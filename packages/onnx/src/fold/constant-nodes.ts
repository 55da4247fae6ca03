import type { Graph, Node } from "../model.js";
import { isStandard, recordOf } from "../operators/operators.js";

/** The nodes that compute the same in every run, by the names of their outputs; one pass in topological order. */
export function constantNodes(graph: Graph, order: readonly number[]): ReadonlyMap<string, Node> {
  const makers = new Map<string, Node>();
  const isKnown = (name: string) => graph.initializers.has(name) || makers.has(name);
  for (const index of order) {
    const node = graph.nodes[index];
    if (!node || !isDeterministic(node)) continue;
    if (!node.inputs.every((name) => name === "" || isKnown(name))) continue;
    for (const name of node.outputs) if (name !== "" && !isKnown(name)) makers.set(name, node);
  }
  return makers;
}

/** Operators of other domains might do anything, unless somebody says how they are computed. */
function isDeterministic(node: Node): boolean {
  const isKnown = isStandard(node) || (node.own !== undefined && recordOf(node)?.fold !== undefined);
  if (!isKnown || recordOf(node)?.isRandom?.(node)) return false;
  return ![...node.attributes.values()].some(({ kind }) => kind === "graph" || kind === "graphs");
}
