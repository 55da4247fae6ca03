import type { DataType, Tensor } from "@prune/onnx/advanced";
import type { onnx } from "onnx-proto";
import onnxProto from "onnx-proto";
import { type NodeCase, tensorOf } from "./node-cases.js";

const { ModelProto, TensorProto } = onnxProto.onnx;

/** The case with inputs after the first as initializers: what a rule sees in a real model. */
export function withWeights({ model, input }: NodeCase, from = 1): Uint8Array {
  const proto = ModelProto.decode(model);
  const graph = proto.graph as onnx.IGraphProto;
  const inputs = graph.input ?? [];
  const kept = inputs.filter((info, i) => i < from || !promote(graph, info, input(i)));
  graph.input = kept;
  return new Uint8Array(ModelProto.encode(proto).finish());
}

function promote(
  graph: onnx.IGraphProto,
  info: onnx.IValueInfoProto,
  bytes: Uint8Array | undefined,
): boolean {
  if (!bytes || !tensorOf(bytes)) return false;
  const tensor = TensorProto.decode(bytes);
  graph.initializer = [...(graph.initializer ?? []), { ...plain(tensor), name: info.name ?? "" }];
  return true;
}

const plain = (tensor: onnx.TensorProto): onnx.ITensorProto => TensorProto.fromObject(tensor);

/**
 * The case with all its axes free to shrink: the first input (or all of floats) is a parameter times the only input,
 * the others are initializers; the outputs are weighted by position and summed. undefined where it holds no tensors.
 */
export function freed(nodeCase: NodeCase, flows: "first" | "all"): Uint8Array | undefined {
  const proto = ModelProto.decode(nodeCase.model);
  const graph = proto.graph as onnx.IGraphProto;
  const infos = graph.input ?? [];
  const tensors = infos.map((_, i) => tensorOf(nodeCase.input(i)));
  const results = (graph.output ?? []).map((_, i) => tensorOf(nodeCase.output(i)));
  if ([...tensors, ...results].some((tensor) => tensor === undefined)) return undefined;

  const before: onnx.INodeProto[] = [];
  const after: onnx.INodeProto[] = [];
  const initializers: onnx.ITensorProto[] = [];
  for (const [i, info] of infos.entries()) {
    const tensor = tensors[i] as Tensor;
    const name = info.name ?? "";
    const flowing = i === 0 || (flows === "all" && isFloat(tensor.dtype) && tensor.shape.length > 0);
    if (!flowing) {
      promote(graph, info, nodeCase.input(i));
      continue;
    }
    initializers.push(floats(`${name}__parameter`, tensor.shape, tensor.data));
    before.push(node("Mul", ["prune_z", `${name}__parameter`], `${name}__product`));
    before.push(cast(`${name}__product`, name, info.type?.tensorType?.elemType ?? 1));
  }
  const outputs = (graph.output ?? []).map(({ name }, i) => {
    const { shape } = results[i] as Tensor;
    const size = shape.reduce((a, b) => a * b, 1);
    initializers.push(
      floats(
        `${name}__weights`,
        shape,
        Array.from({ length: size }, (_, k) => 0.5 + ((k * 7) % 11) / 10),
      ),
    );
    after.push(cast(name ?? "", `${name}__float`, 1));
    after.push(node("Mul", [`${name}__float`, `${name}__weights`], `${name}__weighted`));
    after.push({
      ...node("ReduceSum", [`${name}__weighted`], `${name}__sum`),
      attribute: [{ name: "keepdims", type: 2, i: 0 }],
    });
    return { name: `${name}__sum`, type: { tensorType: { elemType: 1, shape: { dim: [] } } } };
  });
  if (!proto.opsetImport.some(({ domain }) => !domain || domain === "ai.onnx"))
    proto.opsetImport.push({ domain: "", version: 17 } as onnx.OperatorSetIdProto);
  graph.input = [{ name: "prune_z", type: { tensorType: { elemType: 1, shape: { dim: [] } } } }];
  graph.output = outputs;
  graph.node = [...before, ...(graph.node ?? []), ...after];
  graph.valueInfo = [];
  graph.initializer = [...(graph.initializer ?? []), ...initializers];
  return new Uint8Array(ModelProto.encode(proto).finish());
}

const isFloat = (dtype: DataType): boolean => /float/.test(dtype);

const node = (opType: string, input: string[], output: string): onnx.INodeProto => ({
  opType,
  name: `${opType}_${output}`,
  input,
  output: [output],
});

const cast = (from: string, to: string, elementType: number): onnx.INodeProto => ({
  ...node("Cast", [from], to),
  attribute: [{ name: "to", type: 2, i: elementType }],
});

const floats = (name: string, dims: readonly number[], values: ArrayLike<number>): onnx.ITensorProto => ({
  name,
  dims: [...dims],
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});
