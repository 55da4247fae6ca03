import type { onnx } from "onnx-proto";
import onnxProto from "onnx-proto";
import { OnnxError } from "../errors.js";

/** The schema's decoders for messages without payloads: the only place that imports `onnx-proto`. */
export const proto = {
  model: decoder<onnx.ModelProto>("model", (bytes) => onnxProto.onnx.ModelProto.decode(bytes)),
  graph: decoder<onnx.GraphProto>("graph", (bytes) => onnxProto.onnx.GraphProto.decode(bytes)),
  node: decoder<onnx.NodeProto>("node", (bytes) => onnxProto.onnx.NodeProto.decode(bytes)),
  attribute: decoder<onnx.AttributeProto>("attribute", (bytes) =>
    onnxProto.onnx.AttributeProto.decode(bytes),
  ),
  tensor: decoder<onnx.TensorProto>("tensor", (bytes) => onnxProto.onnx.TensorProto.decode(bytes)),
  valueInfo: decoder<onnx.ValueInfoProto>("value info", (bytes) =>
    onnxProto.onnx.ValueInfoProto.decode(bytes),
  ),
  functionProto: decoder<onnx.FunctionProto>("function", (bytes) =>
    onnxProto.onnx.FunctionProto.decode(bytes),
  ),
} as const;

export type TensorHeader = onnx.TensorProto;
export type AttributeHeader = onnx.AttributeProto;
export type ValueInfoHeader = onnx.ValueInfoProto;

function decoder<Message>(
  where: string,
  decode: (bytes: Uint8Array) => Message,
): (bytes: Uint8Array) => Message {
  return (bytes) => {
    try {
      return decode(bytes);
    } catch (error) {
      const why = (error as Error).message;
      // Its readers recurse without a limit where types nest.
      if (why.includes("call stack")) throw new OnnxError("too-deep", { limit: depthLimit });
      throw new OnnxError("malformed", { where: `a ${where}`, why });
    }
  };
}

/** Subgraphs of subgraphs of subgraphs... */
export const depthLimit = 64;

/** An int64 field as a number; beyond 2^53 it is rounded. */
export const integer = (value: number | { toNumber(): number } | null | undefined): number =>
  typeof value === "number" ? value : (value?.toNumber() ?? 0);
