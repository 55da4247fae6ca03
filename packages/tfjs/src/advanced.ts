export type { RunningGraph, TfjsActivationOptions, TfjsSamples } from "./activations/activation-probe.js";
export type { TfjsErrorCode, TfjsErrorDetail } from "./errors.js";
export { filesOfModel, shardNamesOf, withShardNames, withShardSuffix } from "./format/files-of-model.js";
export { modelOf } from "./format/model-of.js";
export { concatBytes, formatOf, parseJson } from "./format/read-model.js";
export { type ModelFiles, modelToFiles } from "./format/write-model.js";
export type { GraphModelBackend, GraphModelOptions } from "./graph-model/backend.js";
export type { GraphModelRules, TfNode, TfRule } from "./graph-model/node.js";
export type { LayersModelBackend, LayersModelOptions } from "./layers-model/backend.js";
export type {
  LabelledBatch,
  LayersGradientProbe,
  TfjsGradientOptions,
} from "./layers-model/gradient-probe.js";
export type { Masked } from "./layers-model/mask/mask-layers.js";
export type { LayerNode, LayerRule, LayerRules } from "./layers-model/node.js";
export type {
  GraphDef,
  ModelJson,
  NodeDef,
  ShapeProto,
  Signature,
  TensorInfo,
  TfAttribute,
  TfjsWeight,
  WeightEntry,
  WeightGroup,
} from "./model.js";
