import type { Graph } from "../model.js";
import { implicitInputs } from "../order.js";
import type { Draft } from "./draft.js";

/**
 * Removes nodes and initializers that nothing reads any more; what the source didn't use before stays.
 * @param gone outputs of the graph that it has no more
 */
export function sweep(graph: Graph, draft: Draft, gone: ReadonlySet<string> = new Set()): Set<string> {
  const before = readers(graph, undefined);
  const after = readers(graph, draft);
  const outputs = new Set(graph.outputs.map(({ name }) => name).filter((name) => !gone.has(name)));
  const isDead = (name: string): boolean => name === "" || (!after.get(name) && !outputs.has(name));
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node.index] as const)),
  );
  const queue = [...before.keys(), ...gone].filter(isDead);
  const dropped = new Set<string>();
  while (queue.length > 0) {
    const name = queue.pop() as string;
    const at = producers.get(name);
    if (at === undefined) {
      if (graph.initializers.has(name) && !graph.inputs.some((input) => input.name === name))
        dropped.add(name);
      continue;
    }
    const node = graph.nodes[at];
    if (!node || draft.nodes.get(at) === null || !node.outputs.every(isDead)) continue;
    for (const input of [...draft.inputs(at), ...implicitInputs(node)]) {
      after.set(input, (after.get(input) ?? 0) - 1);
      if (isDead(input)) queue.push(input);
    }
    draft.nodes.set(at, null);
  }
  for (const name of dropped) draft.tensors.delete(name);
  return dropped;
}

function readers(graph: Graph, draft: Draft | undefined): Map<string, number> {
  const count = new Map<string, number>();
  const add = (name: string): void => void count.set(name, (count.get(name) ?? 0) + 1);
  for (const node of graph.nodes) {
    for (const name of draft ? draft.inputs(node.index) : node.inputs) add(name);
    for (const name of implicitInputs(node)) add(name);
  }
  for (const { node } of draft?.inserted ?? []) for (const name of node.inputs) add(name);
  return count;
}
