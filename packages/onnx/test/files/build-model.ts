import type { onnx } from "onnx-proto";
import onnxProto from "onnx-proto";

export const { ModelProto } = onnxProto.onnx;

export type ModelParts = onnx.IModelProto;
export type GraphParts = onnx.IGraphProto;
export type NodeParts = onnx.INodeProto;
export type AttributeParts = onnx.IAttributeProto;
export type ValueParts = onnx.IValueInfoProto;
export type TensorParts = onnx.ITensorProto;

/** The bytes of a model, as an independent encoder writes them. */
export const modelBytes = (graph: GraphParts, model: onnx.IModelProto = {}): Uint8Array =>
  new Uint8Array(
    ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: "", version: 17 }], graph, ...model }).finish(),
  );

export const node = (op: string, input: string[], output: string[], more: NodeParts = {}): NodeParts => ({
  opType: op,
  name: `${op}_${output[0]}`,
  input,
  output,
  ...more,
});

export const floats = (name: string, dims: number[], values: readonly number[]): TensorParts => ({
  name,
  dims,
  dataType: 1,
  rawData: new Uint8Array(Float32Array.from(values).buffer),
});

export const external = (
  name: string,
  dims: number[],
  entries: Record<string, string | number>,
): TensorParts => ({
  name,
  dims,
  dataType: 1,
  dataLocation: 1,
  externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
});

export const info = (name: string, dims: readonly (number | string)[]): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: 1,
      shape: { dim: dims.map((dim) => (typeof dim === "number" ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});

/** x [batch, 2] -> Gemm with w [3, 2] and b [3] -> Relu -> y. */
export const perceptron: GraphParts = {
  name: "perceptron",
  input: [info("x", ["batch", 2])],
  output: [info("y", ["batch", 3])],
  valueInfo: [info("h", ["batch", 3])],
  initializer: [floats("w", [3, 2], [1, 2, 3, 4, 5, 6]), floats("b", [3], [7, 8, 9])],
  node: [
    node("Gemm", ["x", "w", "b"], ["h"], { attribute: [{ name: "transB", type: 2, i: 1 }] }),
    node("Relu", ["h"], ["y"]),
  ],
};
