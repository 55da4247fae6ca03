import type {
  GraphParts as Graph,
  ModelParts,
  NodeParts as Node,
  TensorParts as Tensor,
  ValueParts as Value,
} from "../../../../packages/onnx/test/files/build-model.js";
import type { Edit } from "../../mutant.js";
import type { Random } from "../../random.js";

/** A graph of the model: most often the whole one, else the body of a node. */
export function graphOf(model: ModelParts, random: Random): Graph {
  const bodies: Graph[] = [];
  const visit = (graph: Graph, depth: number): void => {
    if (depth > 0) bodies.push(graph);
    for (const { attribute } of graph.node ?? [])
      for (const { g } of attribute ?? []) if (g) visit(g, depth + 1);
  };
  const whole = model.graph ?? {};
  model.graph = whole;
  visit(whole, 0);
  return bodies.length > 0 && random.once(2) ? random.pick(bodies) : whole;
}

type Lists<T> = {
  [K in keyof T as NonNullable<T[K]> extends readonly unknown[] ? K : never]: NonNullable<T[K]>;
};

/** A list of a message, which is there from now on. */
export function listOf<T extends object, K extends keyof Lists<T> & keyof T>(
  holder: T,
  key: K,
): NonNullable<T[K]> {
  if (!holder[key]) holder[key] = [] as unknown as T[K];
  return holder[key] as NonNullable<T[K]>;
}

export const nodesOf = (graph: Graph): Node[] => listOf(graph, "node");
export const storedOf = (graph: Graph): Tensor[] => listOf(graph, "initializer");

/** Every tensor of a graph by name. */
export const tensorsOf = (graph: Graph): string[] => [
  ...nodesOf(graph).flatMap(({ output }) => output ?? []),
  ...storedOf(graph).map(({ name }) => name ?? ""),
  ...(graph.input ?? []).map(({ name }) => name ?? ""),
];

export function onNode(edit: (node: Node, graph: Graph, random: Random) => string): Edit<ModelParts> {
  return (model, random) => {
    const graph = graphOf(model, random);
    const nodes = nodesOf(graph);
    if (nodes.length === 0) return "no node";
    const node = random.pick(nodes);
    return `${node.opType} ${node.name}: ${edit(node, graph, random)}`;
  };
}

export function onStored(edit: (tensor: Tensor, graph: Graph, random: Random) => string): Edit<ModelParts> {
  return (model, random) => {
    const graph = graphOf(model, random);
    const tensors = [
      ...storedOf(graph),
      ...nodesOf(graph).flatMap(({ attribute }) => (attribute ?? []).flatMap(({ t }) => (t ? [t] : []))),
    ];
    if (tensors.length === 0) return "nothing stored";
    const tensor = random.pick(tensors);
    return `${tensor.name}: ${edit(tensor, graph, random)}`;
  };
}

export function onInfo(edit: (value: Value, random: Random) => string): Edit<ModelParts> {
  return (model, random) => {
    const { input, output, valueInfo } = graphOf(model, random);
    const all = [...(input ?? []), ...(output ?? []), ...(valueInfo ?? [])];
    if (all.length === 0) return "no value";
    const value = random.pick(all);
    return `${value.name}: ${edit(value, random)}`;
  };
}
