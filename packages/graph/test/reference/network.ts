import { randoms } from "./randoms.js";
import type { ReferenceGraph, ReferenceNode } from "./reference-graph.js";
import { sizeOf, type Tensor } from "./tensor.js";

export interface NetworkOptions {
  readonly x: readonly number[];
  readonly outputs?: readonly string[];
  readonly computes?: boolean;
}

/**
 * A network from text, one node a line: `y = MatMul(x, w[4,3]) {"axis":1}`. A name with a shape is a parameter,
 * `x` is the input and `index` an input of three row numbers.
 */
export function network(text: string, { x, outputs = [], computes = false }: NetworkOptions): ReferenceGraph {
  const parameters = new Map<string, Tensor>();
  const values = (shape: readonly number[], seed: number): Tensor => {
    const next = randoms(seed);
    return { shape, data: Float64Array.from({ length: sizeOf(shape) }, next) };
  };
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const nodes = lines.map((line, n): ReferenceNode => {
    const [, made, op, given, attributes] = /^\s*(.*?) = (\w+)\((.*?)\)\s*(\{.*\})?\s*$/.exec(
      line,
    ) as unknown as string[];
    const inputs = [...(given as string).matchAll(/(\w+)(\[[\d,]*\])?/g)].map(([, name, shape]) => {
      if (shape) parameters.set(name as string, values(JSON.parse(shape) as number[], parameters.size + 5));
      return name as string;
    });
    return {
      name: `${op}${n}`,
      op: op as string,
      inputs,
      outputs: (made as string).split(/,\s*/),
      attributes: JSON.parse(attributes ?? "{}"),
    };
  });
  const inputs = new Map([
    ["x", values(x, 3)],
    ["index", { shape: [3], data: Float64Array.of(2, 0, 1) }],
  ]);
  return { nodes, parameters, inputs, outputs, computes };
}

/** A network as such text, to read a failure and to keep it as a test. */
export const textOf = (graph: ReferenceGraph): string =>
  graph.nodes
    .map(({ op, inputs, outputs, attributes }) => {
      const given = inputs.map(
        (name) => name + (graph.parameters.has(name) ? `[${graph.parameters.get(name)?.shape}]` : ""),
      );
      return `${outputs.join(", ")} = ${op}(${given.join(", ")}) ${JSON.stringify(attributes)}`;
    })
    .join("\n");
