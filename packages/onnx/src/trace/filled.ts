import type { Constants } from "../fold/fold.js";
import type { Graph, Node, Weight } from "../model.js";
import { decodeTensor } from "../read/decode-tensor.js";

/** Inputs of layers that hold weights. */
const weightInputs: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [0, 1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2, 3, 4],
  LSTM: [1, 2, 3],
  GRU: [1, 2, 3],
  RNN: [1, 2, 3],
};

/** Weights of layers that a ConstantOfShape makes from a size and a number: nothing is filled until it is read. */
export function filledWeights(graph: Graph, constants: Pick<Constants, "value">): Map<string, Weight> {
  const read = new Set<string>();
  for (const { op, inputs } of graph.nodes)
    for (const i of weightInputs[op] ?? []) if (inputs[i]) read.add(inputs[i]);
  const found = new Map<string, Weight>();
  for (const node of graph.nodes) {
    const weight =
      node.op === "ConstantOfShape" && read.has(node.outputs[0] ?? "") ? filled(node, constants) : undefined;
    if (weight) found.set(weight.name, weight);
  }
  return found;
}

function filled({ index, inputs, outputs, attributes }: Node, { value }: Pick<Constants, "value">) {
  const sizes = value(inputs[0] ?? "");
  const given = attributes.get("value");
  if (sizes?.dtype !== "int64" || (given && given.kind !== "tensor")) return undefined;
  const name = outputs[0] as string;
  const shape = Array.from(sizes.data);
  const { dtype, elementType, elementBytes } = given?.value ?? zero;
  if (elementBytes === undefined) return undefined;
  const element = (): Uint8Array => given?.value.bytes() ?? new Uint8Array(elementBytes);
  const bytes = (): Uint8Array => {
    const one = element();
    const all = new Uint8Array(shape.reduce((a, b) => a * b, elementBytes));
    if (one.some((byte) => byte !== 0))
      for (let i = 0; i < all.length; i++) all[i] = one[i % one.length] as number;
    return all;
  };
  const weight: Weight = {
    name,
    dtype,
    elementType,
    shape,
    elementBytes,
    external: false,
    filled: { node: index, element },
    bytes,
    tensor: () => decodeTensor(dtype, shape, bytes(), elementType, name),
  };
  return weight;
}

const zero = { dtype: "float32", elementType: 1, elementBytes: 4 } as const;
