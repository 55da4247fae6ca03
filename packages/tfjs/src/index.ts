export {
  type RunningGraph,
  type TfjsActivationOptions,
  type TfjsSamples,
  tfjsActivationProbe,
} from "./activations/activation-probe.js";
export { TfjsError, type TfjsErrorCode, type TfjsErrorDetail } from "./errors.js";
export { filesOfModel, shardNamesOf, withShardNames, withShardSuffix } from "./format/files-of-model.js";
export { modelOf } from "./format/model-of.js";
export { concatBytes, formatOf, fromArtifacts, parseJson, readGraphModel } from "./format/read-model.js";
export { type ModelFiles, modelToFiles, toArtifacts } from "./format/write-model.js";
export { type GraphModelBackend, type GraphModelOptions, graphModel } from "./graph-model/backend.js";
export type { GraphModelRules, TfNode, TfRule } from "./graph-model/node.js";
export { graphRules } from "./graph-model/operators/operators.js";
export { addGradients } from "./layers-model/add-gradients.js";
export { type LayersModelBackend, type LayersModelOptions, layersModel } from "./layers-model/backend.js";
export {
  type LabelledBatch,
  type LayersGradientProbe,
  type TfjsGradientOptions,
  tfjsGradientProbe,
} from "./layers-model/gradient-probe.js";
export { layerRules } from "./layers-model/layers/layers.js";
export type { Masked } from "./layers-model/mask/mask-layers.js";
export type { LayerNode, LayerRule, LayerRules } from "./layers-model/node.js";
export type {
  GraphDef,
  GraphModel,
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
export { isGraphModel, type TfjsBackend, type TfjsModel, type TfjsOptions, tfjs } from "./tfjs.js";
