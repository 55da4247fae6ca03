export type { Stream } from "./basis/find-stream.js";
export { elementNumbers } from "./cut/encode.js";
export { cacheSizes, type SizedGraph } from "./ends/cache-sizes.js";
export { type CachePair, type Caches, cachesOf } from "./ends/caches.js";
export { layerOfCache } from "./ends/caches-left.js";
export type { FreeEnds } from "./ends/ends.js";
export type { OnnxErrorCode, OnnxErrorDetail } from "./errors.js";
export { type Anchored, anchored, observed } from "./jumps/anchored.js";
export { type Anchors, anchorsOf } from "./jumps/anchors.js";
export { draws } from "./jumps/draws.js";
export type { Kind as LosslessKind } from "./lossless/decide.js";
export type { Lossless, LosslessOptions } from "./lossless/lossless.js";
export type { LivingCells } from "./mask/living.js";
export { elementTypes } from "./mask/tensor-types.js";
export { withoutRounding } from "./mask/without-rounding.js";
export { type RemovedFromParameter, zeroParameters } from "./mask/zero-parameters.js";
export type {
  Attribute,
  AttributeValue,
  ExternalReader,
  Graph,
  Inlined,
  NamedTensor,
  NewNode,
  NewTensor,
  Node,
  NodeEdit,
  ValueInfo,
  Weight,
} from "./model.js";
export type { OnnxRule } from "./operators/node.js";
export type { OwnOperators } from "./operators/own.js";
export { implicitInputs, order, subgraphs } from "./order.js";
export type { ModelFile } from "./outline/model-file.js";
export { type ReadFileOptions, readModelFile } from "./outline/read-model-file.js";
export { constantWeight } from "./read/constant-weight.js";
export { findNonFinite } from "./read/find-non-finite.js";
export { constantTensors } from "./refit/constant-tensors.js";
export { joinModels, renamedModel } from "./refit/join-models.js";
export { type Linear, linearLayers, linears, type Window } from "./refit/linear.js";
export { type ModelParts, newModel } from "./refit/new-model.js";
export { type Norm, norms, type StoredVector } from "./refit/norm.js";
export { type OtherLayer, otherLayers } from "./refit/other-layers.js";
export { type NormRefit, type Refit, refitEdit, refitModel } from "./refit/refit-model.js";
export { neededNodes, type Segment, segmentModel } from "./refit/segment.js";
export { type Wiring, wiringOf } from "./refit/stored-matrix.js";
export type { DataType, Tensor, TensorData } from "./tensor.js";
export { type TensorFacts, tensorFacts } from "./trace/tensor-facts.js";
export { dataNamesOf, filesOf, locationsOf, type OnnxFile, type OnnxFiles } from "./write/files-of.js";
export { lateModel } from "./write/late-model.js";
export type { ToBytesOptions } from "./write/write-model.js";
