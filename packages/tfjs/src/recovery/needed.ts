import type { NetNode } from "./twin-net.js";

/** The nodes that lead from some tensors to others, in order. */
export function neededNodes<N extends NetNode>(
  nodes: readonly N[],
  given: { has(tensor: string): boolean },
  wanted: Iterable<string>,
): N[] {
  const open = new Set<string>();
  for (const name of wanted) if (!given.has(name)) open.add(name);
  const found: N[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i] as N;
    if (!node.outputs.some((name) => open.has(name))) continue;
    found.push(node);
    for (const name of node.inputs) if (!given.has(name)) open.add(name);
  }
  return found.reverse();
}
