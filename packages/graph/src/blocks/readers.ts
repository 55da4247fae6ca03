import type { GraphNode, GraphSource } from "../trace/graph.js";

/** Who makes and who reads what, in a graph in topological order. */
export interface Readers {
  /** The node that makes a tensor; -1 for inputs and stored ones. */
  madeAt(tensor: string): number;
  /** How often a tensor is read, outputs of the graph counted as read. */
  count(tensor: string): number;
  /** Whether a tensor follows from another, or from what the same node makes beside that. */
  follows(tensor: string, from: string): boolean;
  /** Nodes that nothing would need if one reader of a tensor was gone, ascending. */
  servingAlone(tensor: string): readonly number[];
}

export function readersOf({ nodes, outputs }: Pick<GraphSource, "nodes" | "outputs">): Readers {
  const makers = new Map<string, number>();
  const counts = new Map<string, number>();
  const reads = ({ inputs, captures = [] }: GraphNode): readonly string[] => [...inputs, ...captures];
  for (const name of outputs) counts.set(name, (counts.get(name) ?? 0) + 1);
  nodes.forEach((node, i) => {
    for (const name of node.outputs) if (name !== "") makers.set(name, i);
    for (const name of reads(node)) if (name !== "") counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const madeAt = (tensor: string): number => makers.get(tensor) ?? -1;
  return {
    madeAt,
    count: (tensor) => counts.get(tensor) ?? 0,
    follows(tensor, from) {
      const first = madeAt(from);
      const seen = new Set([tensor]);
      // What was made before it can't follow from it.
      for (const name of seen) {
        const at = madeAt(name);
        // A fused norm gives the sum that it normalises beside what comes of it.
        if (name === from || (at === first && at >= 0)) return true;
        if (at > first) for (const input of reads(nodes[at] as GraphNode)) seen.add(input);
      }
      return false;
    },
    servingAlone(tensor) {
      const lost = new Map([[tensor, 1]]);
      const gone = new Set<number>();
      const isUnread = (name: string): boolean =>
        name === "" || (lost.get(name) ?? 0) === (counts.get(name) ?? 0);
      const open = [tensor];
      for (let name = open.pop(); name !== undefined; name = open.pop()) {
        const at = madeAt(name);
        const node = nodes[at];
        if (!node || gone.has(at) || !node.outputs.every(isUnread)) continue;
        gone.add(at);
        for (const input of reads(node)) {
          lost.set(input, (lost.get(input) ?? 0) + 1);
          open.push(input);
        }
      }
      return [...gone].sort((a, b) => a - b);
    },
  };
}
