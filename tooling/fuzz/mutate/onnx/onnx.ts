import { type ModelParts, ModelProto } from "../../../../packages/onnx/test/files/build-model.js";
import { anyOf, type Edits } from "../../mutant.js";
import { attributes } from "./attributes.js";
import { edges } from "./edges.js";
import { graphs } from "./graphs.js";
import { identity } from "./identity.js";
import { dims, values } from "./tensors.js";

/** What may be wrong with an ONNX model that is still a protobuf message. */
export const onnxEdits: Edits<ModelParts> = {
  attribute: anyOf(attributes),
  dims: anyOf(dims),
  value: anyOf(values),
  edge: anyOf(edges),
  identity: anyOf(identity),
  graph: anyOf(graphs),
};

export const decodeModel = (bytes: Uint8Array): ModelParts => ModelProto.decode(bytes);
export const encodeModel = (model: ModelParts): Uint8Array =>
  new Uint8Array(ModelProto.encode(model).finish());
