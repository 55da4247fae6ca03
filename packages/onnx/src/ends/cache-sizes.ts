import type { SizesByName } from "@prune/graph";
import type { Attribute, ValueInfo } from "../model.js";

/** As much of a graph as is read here. */
export interface SizedGraph {
  readonly inputs: readonly Pick<ValueInfo, "name" | "shape">[];
  readonly initializers: { get(name: string): { readonly shape: readonly number[] } | undefined };
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes?: ReadonlyMap<string, Attribute>;
  }[];
}

type Node = SizedGraph["nodes"][number];

/** Attention operators with a cache: where their queries and values lie, where the cache does, what counts heads. */
interface Cached {
  readonly past: readonly (readonly [past: number, from: number])[];
  readonly heads: readonly string[];
}

const cached = (heads: readonly string[], ...past: Cached["past"]): Cached => ({ past, heads });

const caches: ReadonlyMap<string, Cached> = new Map([
  ["GroupQueryAttention", cached(["num_heads"], [3, 0], [4, 0])],
  ["MultiHeadAttention", cached(["num_heads"], [6, 0], [7, 2])],
  ["DecoderMaskedMultiHeadAttention", cached(["num_heads"], [5, 0], [6, 2])],
  ["Attention", cached(["num_heads", "q_num_heads"], [4, 0])],
]);

/** Sizes of symbols that follow from stored weights: how wide the heads are that a cache is kept for. */
export function cacheSizes(graph: SizedGraph): SizesByName {
  const sizes = Object.create(null) as Record<string, number>;
  const shapes = new Map(graph.inputs.map(({ name, shape }) => [name, shape]));
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const name of node.outputs) producers.set(name, node);
  for (const node of graph.nodes) {
    const about = caches.get(node.op);
    const heads = about?.heads.map((name) => intOf(node, name)).find((count) => count !== undefined);
    if (!about || heads === undefined) continue;
    for (const [past, from] of about.past) {
      const symbol = shapes.get(node.inputs[past] ?? "")?.at(-1);
      if (typeof symbol !== "string" || sizes[symbol] !== undefined) continue;
      const size = headSize(node, from, heads, graph, producers);
      if (size !== undefined && Number.isInteger(size)) sizes[symbol] = size;
    }
  }
  return sizes;
}

function headSize(
  node: Node,
  from: number,
  heads: number,
  graph: SizedGraph,
  producers: ReadonlyMap<string, Node>,
): number | undefined {
  const width = (i: number): number | undefined => widthOf(node.inputs[i] ?? "", graph, producers);
  if (node.op === "Attention" && intOf(node, "q_num_heads") === undefined) {
    const packed = graph.initializers.get(node.inputs[1] ?? "")?.shape[1];
    return packed === undefined ? undefined : packed / 3 / heads;
  }
  const wide = width(from) ?? width(0);
  if (wide === undefined) return undefined;
  const isPacked = !node.inputs[1] && node.op === "GroupQueryAttention";
  return isPacked ? wide / (heads + 2 * (intOf(node, "kv_num_heads") ?? heads)) : wide / heads;
}

/** How many channels a tensor has, by the stored weights that make it. */
function widthOf(name: string, graph: SizedGraph, producers: ReadonlyMap<string, Node>): number | undefined {
  for (let at = name, steps = 0; steps < 8; steps++) {
    const node = producers.get(at);
    if (!node) return undefined;
    const stated = intOf(node, "N");
    if (node.op === "MatMulNBits" && stated !== undefined) return stated;
    const weights = node.inputs.map((input) => graph.initializers.get(input)?.shape);
    if (node.op === "Gemm") return weights[1]?.[intOf(node, "transB") === 1 ? 0 : 1];
    const last = weights.find((shape) => shape !== undefined)?.at(-1);
    if (last !== undefined && /MatMul|Add|LayerNormalization/.test(node.op) && last > 1) return last;
    at = node.inputs.find((input) => producers.has(input)) ?? "";
  }
  return undefined;
}

function intOf({ attributes }: Node, name: string): number | undefined {
  const attribute = attributes?.get(name);
  return attribute?.kind === "int" ? attribute.value : undefined;
}
