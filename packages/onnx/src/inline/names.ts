import type { Graph } from "../model.js";
import { definitions, subgraphs } from "../order.js";

/** How often a name is defined in a graph and in the bodies inside it, each in a scope of its own. */
export function countNames(graph: Graph, counts: Map<string, number> = new Map()): Map<string, number> {
  for (const name of definitions(graph)) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const node of graph.nodes) for (const body of subgraphs(node)) countNames(body, counts);
  return counts;
}

/** Names of the nodes of a graph itself. */
export const nodeNames = ({ nodes }: Graph): Set<string> => new Set(nodes.map(({ name }) => name));

/** Gives names that no tensor of the model has. */
export function namesBeside(taken: ReadonlySet<string>): (base: string) => string {
  const given = new Set(taken);
  return (base) => {
    let name = base;
    for (let k = 1; given.has(name); k++) name = `${base}_${k}`;
    given.add(name);
    return name;
  };
}
