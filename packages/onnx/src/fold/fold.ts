import type { Graph, Node, Weight } from "../model.js";
import { isStandard, recordOf } from "../operators/operators.js";
import { constantWeight } from "../read/constant-weight.js";
import type { Tensor, TensorData } from "../tensor.js";
import { evaluate } from "./evaluate.js";

/** Lazily known values: initializers, Constant nodes and every node all of whose inputs are known. */
export interface Constants {
  /** Whether a value is the same in every run; structural, so also true where the operator is not covered. */
  isConstant(name: string): boolean;
  /** Evaluated when asked for; undefined when not constant or not covered. */
  value(name: string): Tensor | undefined;
}

export function foldConstants(graph: Graph, opset: number, order: readonly number[]): Constants {
  const makers = constantNodes(graph, order);
  const results = new Map<string, Tensor | undefined>();

  function value(name: string): Tensor | undefined {
    const source = origin(name);
    const maker = makers.get(source);
    if (maker && isPending(source)) compute(maker);
    return known(source);
  }

  /** Evaluates a node after everything that it needs; a stack of our own, as chains can be long. */
  function compute(last: Node): void {
    const pending = [last];
    for (let node = pending.at(-1); node; node = pending.at(-1)) {
      const missing = node.inputs.map(origin).filter(isPending);
      if (missing.length > 0) {
        pending.push(...missing.map((name) => makers.get(name)!));
        continue;
      }
      pending.pop();
      if (node.outputs.some(isPending)) remember(node);
    }
  }

  function remember(node: Node): void {
    const outputs = evaluate(
      node,
      node.inputs.map((name) => known(origin(name))),
      opset,
    );
    node.outputs.forEach((name, i) => {
      results.set(name, outputs?.[i]);
    });
  }

  /** What needs no evaluation: stored values, decoded again each time and never kept, and earlier results. */
  function known(name: string): Tensor | undefined {
    const weight = stored(name);
    return weight ? decoded(weight) : results.get(name);
  }

  function isPending(name: string): boolean {
    return makers.has(name) && !results.has(name) && !stored(name);
  }

  function stored(name: string): Weight | undefined {
    const maker = makers.get(name);
    return maker ? constantWeight(maker) : graph.initializers.get(name);
  }

  /** The value that a chain of Identity nodes copies. */
  function origin(name: string): string {
    let source = name;
    for (let maker = makers.get(source); maker?.op === "Identity"; maker = makers.get(source)) {
      source = maker.inputs[0]!;
    }
    return source;
  }

  return { isConstant: (name) => graph.initializers.has(name) || makers.has(name), value };
}

/** Decoded when the data is first read, so that the shape of a big weight costs nothing. */
function decoded(weight: Weight): Tensor | undefined {
  if (weight.dtype === "other") return undefined;
  let data: TensorData | undefined;
  return {
    dtype: weight.dtype,
    shape: weight.shape,
    get data() {
      data ??= weight.tensor().data;
      return data;
    },
  };
}

/** The nodes that compute the same in every run, by the names of their outputs; one pass in topological order. */
function constantNodes(graph: Graph, order: readonly number[]): ReadonlyMap<string, Node> {
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
