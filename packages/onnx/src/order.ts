import { OnnxError } from "./errors.js";
import type { Graph, Node } from "./model.js";

/** Node indices such that each node comes after those that it reads, also from inside its subgraphs; a sorted file keeps its order. */
export function order(graph: Graph): number[] {
  const producers = new Map<string, number>();
  for (const node of graph.nodes)
    for (const output of node.outputs) if (output !== "") producers.set(output, node.index);
  const needs = graph.nodes.map((node) => needed(node, producers));
  const sorted: number[] = [];
  const state = new Uint8Array(graph.nodes.length);
  for (const { index } of graph.nodes) visit(index, needs, state, sorted, graph);
  return sorted;
}

const [open, done] = [1, 2];

/** Depth first without recursion: graphs are thousands of nodes deep. */
function visit(
  root: number,
  needs: readonly (readonly number[])[],
  state: Uint8Array,
  sorted: number[],
  graph: Graph,
): void {
  if (state[root] === done) return;
  const path = [{ index: root, next: 0 }];
  state[root] = open;
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const need = needs[top.index]![top.next++];
    if (need === undefined) {
      state[top.index] = done;
      sorted.push(top.index);
      path.pop();
    } else if (state[need] === open) {
      const cycle = path.slice(path.findIndex(({ index }) => index === need)).reverse();
      throw new OnnxError("cycle", { nodes: cycle.map(({ index }) => nameOf(graph.nodes[index]!)) });
    } else if (state[need] !== done) {
      state[need] = open;
      path.push({ index: need, next: 0 });
    }
  }
}

function needed(node: Node, producers: ReadonlyMap<string, number>): number[] {
  const indices: number[] = [];
  const need = (input: string): void => {
    const producer = producers.get(input);
    if (producer !== undefined) indices.push(producer);
  };
  node.inputs.forEach(need);
  implicitInputs(node).forEach(need);
  return indices;
}

/** How messages call a node: exporters may leave names out. */
export const nameOf = (node: Node): string => node.name || `${node.op} #${node.index}`;

/** The graphs in a node's attributes: branches of If, bodies of Loop and Scan. */
export function subgraphs(node: Node): readonly Graph[] {
  let graphs: readonly Graph[] = none;
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === "graph") graphs = [...graphs, attribute.value];
    if (attribute.kind === "graphs") graphs = [...graphs, ...attribute.value];
  }
  return graphs;
}

const none: readonly Graph[] = [];

/** Names that a node's subgraphs capture from the graphs around it. */
export function implicitInputs(node: Node): ReadonlySet<string> {
  const graphs = subgraphs(node);
  return graphs.length === 0 ? noNames : new Set(graphs.flatMap((graph) => [...captures(graph)]));
}

const noNames: ReadonlySet<string> = new Set();

function captures(graph: Graph): Set<string> {
  const defined = definitions(graph);
  const captured = new Set<string>();
  const use = (name: string): void => {
    if (name !== "" && !defined.has(name)) captured.add(name);
  };
  for (const node of graph.nodes) {
    node.inputs.forEach(use);
    implicitInputs(node).forEach(use);
  }
  for (const { name } of graph.outputs) use(name);
  return captured;
}

/** Every name that a graph itself gives a tensor. */
export function definitions(graph: Graph): Set<string> {
  const names = new Set<string>();
  for (const { name } of graph.inputs) names.add(name);
  for (const name of graph.initializers.keys()) names.add(name);
  for (const name of graph.sparseInitializers ?? []) names.add(name);
  for (const { outputs } of graph.nodes) for (const name of outputs) if (name !== "") names.add(name);
  return names;
}
