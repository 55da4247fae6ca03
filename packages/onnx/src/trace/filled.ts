import type { Constants } from "../fold/fold.js";
import type { Graph, Node, Weight } from "../model.js";
import { recordOf } from "../operators/operators.js";
import { decodeTensor } from "../read/decode-tensor.js";

/**
 * Stored tensors that a ConstantOfShape or an Expand makes of a size and a number: weights of layers, and what several
 * nodes read, each of which may lose other positions of it. Nothing is filled until it is read.
 */
export function filledWeights(graph: Graph, constants: Pick<Constants, "value">): Map<string, Weight> {
  const weights = new Set<string>();
  const reads = new Map<string, number>();
  for (const node of graph.nodes) {
    for (const i of recordOf(node)?.filled ?? []) if (node.inputs[i]) weights.add(node.inputs[i]);
    for (const name of node.inputs) reads.set(name, (reads.get(name) ?? 0) + 1);
  }
  const found = new Map<string, Weight>();
  for (const node of graph.nodes) {
    const name = node.outputs[0] ?? "";
    const layer = weights.has(name);
    if (!layer && (reads.get(name) ?? 0) < 2) continue;
    const weight =
      node.op === "ConstantOfShape"
        ? zeros(node, layer, constants)
        : node.op === "Expand"
          ? spread(node, layer, constants, graph)
          : undefined;
    if (weight && (layer || /float/.test(weight.dtype))) found.set(name, weight);
  }
  return found;
}

function zeros(
  { index, inputs, outputs, attributes }: Node,
  layer: boolean,
  constants: Pick<Constants, "value">,
) {
  const shape = shapeIn(inputs[0], constants);
  const given = attributes.get("value");
  if (!shape || (given && given.kind !== "tensor")) return undefined;
  const { dtype, elementType, elementBytes } = given?.value ?? zero;
  if (elementBytes === undefined) return undefined;
  const element = (): Uint8Array => given?.value.bytes() ?? new Uint8Array(elementBytes);
  const like = { dtype, elementType, elementBytes };
  return filled(outputs[0] as string, shape, like, { node: index, input: 0, layer, element });
}

/** A single stored number, repeated. */
function spread(
  { index, inputs, outputs }: Node,
  layer: boolean,
  constants: Pick<Constants, "value">,
  graph: Graph,
): Weight | undefined {
  const shape = shapeIn(inputs[1], constants);
  const one = graph.initializers.get(inputs[0] ?? "");
  if (!shape || !one || one.shape.some((n) => n !== 1) || one.shape.length > shape.length) return undefined;
  const { dtype, elementType, elementBytes } = one;
  if (elementBytes === undefined) return undefined;
  const like = { dtype, elementType, elementBytes };
  return filled(outputs[0] as string, shape, like, { node: index, input: 1, layer, element: one.bytes });
}

function shapeIn(name = "", { value }: Pick<Constants, "value">): number[] | undefined {
  const sizes = value(name);
  return sizes?.dtype === "int64" ? Array.from(sizes.data) : undefined;
}

function filled(
  name: string,
  shape: readonly number[],
  {
    dtype,
    elementType,
    elementBytes,
  }: Pick<Weight, "dtype" | "elementType"> & { readonly elementBytes: number },
  how: NonNullable<Weight["filled"]>,
): Weight {
  const bytes = (): Uint8Array => {
    const one = how.element();
    const all = new Uint8Array(shape.reduce((a, b) => a * b, elementBytes));
    if (one.some((byte) => byte !== 0))
      for (let i = 0; i < all.length; i++) all[i] = one[i % one.length] as number;
    return all;
  };
  return {
    name,
    dtype,
    elementType,
    shape,
    elementBytes,
    external: false,
    filled: how,
    bytes,
    tensor: () => decodeTensor(dtype, shape, bytes(), elementType, name),
  };
}

const zero = { dtype: "float32", elementType: 1, elementBytes: 4 } as const;
