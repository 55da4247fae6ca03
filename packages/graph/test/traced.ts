import { type Group, openTrace, type Trace } from "@prune/graph";
import { type ReferenceNode, sourceOf } from "./reference/reference-graph.js";
import { type Tensor, tensor } from "./reference/tensor.js";

export type Shapes = Readonly<Record<string, readonly number[]>>;
export type Step = readonly [
  output: string | readonly string[],
  op: string,
  inputs: string,
  attributes?: ReferenceNode["attributes"],
];

const tensors = (shapes: Shapes): Map<string, Tensor> =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, tensor(shape)] as const));

/** A graph of the reference operators, traced. */
export function traced(
  inputs: Shapes,
  parameters: Shapes,
  outputs: readonly string[],
  steps: readonly Step[],
): Trace {
  const nodes = steps.map(([output, op, names, attributes = {}]): ReferenceNode => {
    const made = typeof output === "string" ? [output] : output;
    return { name: `make ${made[0]}`, op, inputs: names.split(" "), outputs: made, attributes };
  });
  const graph = { nodes, parameters: tensors(parameters), inputs: tensors(inputs), outputs, computes: false };
  return openTrace(sourceOf(graph));
}

/** The parameters of a group and what of them leaves, in order. */
export const parameters = (group: Group): string[] =>
  group.items
    .filter(({ axis }) => axis.role !== "activation")
    .map(({ axis, indices }) => `${axis.tensor} ${axis.dims} ${axis.role} [${indices}]`);

/** Operators on the way, each once. */
export const operators = (group: Group): string[] => [
  ...new Set(group.items.map(({ dependency: { via } }) => via.op)),
];
