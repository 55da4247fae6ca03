import type { Emitted } from "./graph/kit.js";

/** What of the emitted nodes and constants some tensors need. */
export function live({ nodes, tensors }: Emitted, wanted: Iterable<string>): Emitted {
  const needed = new Set(wanted);
  const kept = [];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at] as Emitted["nodes"][number];
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of node.inputs) needed.add(name);
  }
  return { nodes: kept.reverse(), tensors: tensors.filter(({ name }) => needed.has(name)) };
}
