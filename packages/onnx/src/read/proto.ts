import type { onnx } from "onnx-proto";
import onnxProto from "onnx-proto";
import { OnnxError } from "../errors.js";

export type AttributeHeader = onnx.AttributeProto;
export type TensorHeader = onnx.TensorProto;
export type ValueInfoHeader = onnx.ValueInfoProto;

type Decode<Message> = (bytes: Uint8Array) => Message;

interface Messages {
  readonly ModelProto: onnx.ModelProto;
  readonly FunctionProto: onnx.FunctionProto;
  readonly GraphProto: onnx.GraphProto;
  readonly NodeProto: onnx.NodeProto;
  readonly AttributeProto: AttributeHeader;
  readonly TensorProto: TensorHeader;
  readonly ValueInfoProto: ValueInfoHeader;
}

/** Decodes a message whose payloads and nested messages were taken out: the only use of `onnx-proto` at run time. */
export function decodeProto<Name extends keyof Messages>(name: Name, bytes: Uint8Array): Messages[Name] {
  const decode: Decode<unknown> = onnxProto.onnx[name].decode;
  try {
    return decode(bytes) as Messages[Name];
  } catch (error) {
    const why = (error as Error).message;
    // Its readers recurse without a limit where types nest.
    if (why.includes("call stack")) throw new OnnxError("too-deep", { limit: depthLimit });
    throw new OnnxError("malformed", { where: `a ${name}`, why });
  }
}

/** Subgraphs of subgraphs of subgraphs... */
export const depthLimit = 64;

/** An int64 field as a number; beyond 2^53 it is rounded. */
export const integer = (value: number | { toNumber(): number } | null | undefined): number =>
  typeof value === "number" ? value : (value?.toNumber() ?? 0);
