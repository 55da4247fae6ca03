import { ownEntry } from "@prune/graph";
import type { Graph, Model, Node } from "../model.js";
import { order, subgraphs } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";

/** TensorProto.DataType numbers. */
export const type = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
} as const;

type Types = Map<string, number>;

/** Element types of the outputs of operators that don't keep their first input's: a type, or the input that has it. */
const exceptions: Readonly<Record<string, readonly (number | { readonly input: number })[]>> = {
  Shape: [type.int64],
  Size: [type.int64],
  NonZero: [type.int64],
  ArgMax: [type.int64],
  ArgMin: [type.int64],
  NonMaxSuppression: [type.int64],
  TopK: [{ input: 0 }, type.int64],
  MaxPool: [{ input: 0 }, type.int64],
  Unique: [{ input: 0 }, type.int64, type.int64, type.int64],
  CastLike: [{ input: 1 }],
  Where: [{ input: 1 }],
  OneHot: [{ input: 2 }],
  DequantizeLinear: [{ input: 1 }],
  QuantizeLinear: [{ input: 2 }],
  DynamicQuantizeLinear: [type.uint8, type.float32, type.uint8],
  MatMulInteger: [type.int32],
  ConvInteger: [type.int32],
  MatMulIntegerToFloat: [{ input: 2 }],
  QLinearMatMul: [{ input: 7 }],
  QLinearConv: [{ input: 7 }],
  EmbedLayerNormalization: [{ input: 2 }, type.int32, { input: 2 }],
  QAttention: [{ input: 3 }],
  ...Object.fromEntries(
    "Equal Less LessOrEqual Greater GreaterOrEqual And Or Xor Not IsNaN IsInf"
      .split(" ")
      .map((op) => [op, [type.bool]]),
  ),
};

/** Element type by tensor of the main graph, wherever the model states it or it follows. */
export function elementTypes({ graph }: Model): ReadonlyMap<string, number> {
  const types: Types = new Map();
  infer(graph, types);
  return types;
}

function infer(graph: Graph, types: Types): void {
  for (const { name, elementType } of graph.initializers.values()) types.set(name, elementType);
  for (const { name, elementType } of [...graph.inputs, ...graph.outputs, ...graph.valueInfo.values()])
    if (elementType > 0) types.set(name, elementType);
  for (const index of order(graph)) {
    const node = graph.nodes[index] as Node;
    node.outputs.forEach((name, i) => {
      if (name === "" || types.has(name)) return;
      const found = outputType(node, i, types);
      if (found !== undefined) types.set(name, found);
    });
  }
}

function outputType(node: Node, output: number, types: Types): number | undefined {
  const [graph] = subgraphs(node);
  if (graph) return bodyType(graph, node.op === "Loop" ? output + 1 : output, types);
  const constant = constantWeight(node);
  if (constant) return constant.elementType;
  const stated =
    intAttribute(node, "to") ?? intAttribute(node, "dtype") ?? intAttribute(node, "output_dtype");
  if (stated) return stated;
  const value = node.attributes.get("value");
  if (node.op === "ConstantOfShape") return value?.kind === "tensor" ? value.value.elementType : type.float32;
  const exception = ownEntry(exceptions, node.op);
  const from = exception?.[output] ?? exception?.[0];
  if (typeof from === "number") return from;
  const name = from ? node.inputs[from.input] : node.inputs.find((input) => types.has(input));
  return types.get(name ?? "") ?? (node.op === "QuantizeLinear" ? type.uint8 : undefined);
}

function bodyType(graph: Graph, output: number, outer: Types): number | undefined {
  const types: Types = new Map(outer);
  infer(graph, types);
  return types.get(graph.outputs[output]?.name ?? "");
}

function intAttribute(node: Node, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : undefined;
}
