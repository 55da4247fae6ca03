import type { GraphNode, GraphSource, Rule } from "@prune/graph";
import { type Attributes, type Masks, operators } from "./operators.js";
import { rules } from "./rules.js";
import type { Tensor } from "./tensor.js";

export interface ReferenceNode extends GraphNode {
  readonly attributes: Attributes;
}

/** A network in memory: enough to trace, run and cut. */
export interface ReferenceGraph {
  readonly nodes: readonly ReferenceNode[];
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** Inputs with the values that runs use. */
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly outputs: readonly string[];
  /** Nodes on constants are computed now and cut as computed, unless they only move. */
  readonly computes: boolean;
}

/** Whether a cut stores what a node gives instead of following it. */
export const isComputed = (
  graph: ReferenceGraph,
  constant: ReadonlySet<string>,
  node: ReferenceNode,
): boolean => graph.computes && constant.has(node.outputs[0] as string) && !moves.has(node.op);

const moves = new Set(["Reshape", "Transpose", "Redim"]);

/** Tensors that follow from parameters alone. */
export function constants(graph: ReferenceGraph): Set<string> {
  const found = new Set(graph.parameters.keys());
  for (const node of graph.nodes)
    if (node.inputs.every((name) => found.has(name))) for (const name of node.outputs) found.add(name);
  return found;
}

/** Contents of the tensors that follow from parameters alone. */
export function constantValues(graph: ReferenceGraph, constant: ReadonlySet<string>): Map<string, Tensor> {
  const nodes = graph.nodes.filter((node) => constant.has(node.outputs[0] as string));
  const input = (n: number, i: number, values: ReadonlyMap<string, Tensor>): Tensor =>
    values.get((nodes[n] as ReferenceNode).inputs[i] as string) as Tensor;
  return run(graph, nodes, input, () => undefined);
}

/** What the core sees of it. */
export function sourceOf(graph: ReferenceGraph): GraphSource {
  const constant = constants(graph);
  const values = constantValues(graph, constant);
  return {
    nodes: graph.nodes,
    inputs: [...graph.inputs].map(([name, { shape }]) => ({ name, shape })),
    outputs: graph.outputs,
    parameter: (name) => graph.parameters.get(name)?.shape,
    isConstant: (name) => constant.has(name),
    isIndex: (name) => name === "index",
    duty: () => undefined,
    integers: () => undefined,
    reals: () => undefined,
    computed: (node) =>
      isComputed(graph, constant, node as ReferenceNode)
        ? node.outputs.map((name) => values.get(name)?.shape)
        : undefined,
    isComputable: (name) => graph.computes && constant.has(name),
    stated: () => undefined,
    rule: (node) => rules[node.op] as Rule | undefined,
  };
}

/** Runs every node; `input` gives the tensor that a node reads, `masks` the cells that count. */
export function run(
  graph: ReferenceGraph,
  nodes: readonly ReferenceNode[],
  input: (node: number, i: number, values: ReadonlyMap<string, Tensor>) => Tensor,
  masks: (name: string) => Uint8Array | undefined,
  stored: (node: ReferenceNode) => readonly Tensor[] | undefined = () => undefined,
): Map<string, Tensor> {
  const values = new Map<string, Tensor>([...graph.inputs, ...graph.parameters]);
  nodes.forEach((node, n) => {
    const inputs = node.inputs.map((_, i) => input(n, i, values));
    const gates: Masks = node.inputs.map(masks);
    const outputs =
      stored(node) ?? (operators[node.op] as (typeof operators)[string])(inputs, node.attributes, gates);
    node.outputs.forEach((name, i) => {
      values.set(name, outputs[i] as Tensor);
    });
  });
  return values;
}
