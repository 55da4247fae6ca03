export {
  type TfjsActivationOptions,
  type TfjsSamples,
  tfjsActivationProbe,
} from "./activations/activation-probe.js";
export { TfjsError } from "./errors.js";
export { fromArtifacts, readGraphModel } from "./format/read-model.js";
export { toArtifacts } from "./format/write-model.js";
export { type GraphModelBackend, type GraphModelOptions, graphModel } from "./graph-model/backend.js";
export { graphRules } from "./graph-model/operators/operators.js";
export { addGradients } from "./layers-model/add-gradients.js";
export { type LayersModelBackend, type LayersModelOptions, layersModel } from "./layers-model/backend.js";
export { type TfjsGradientOptions, tfjsGradientProbe } from "./layers-model/gradient-probe.js";
export { layerRules } from "./layers-model/layers/layers.js";
export type { GraphModel } from "./model.js";
export { isGraphModel, type TfjsBackend, type TfjsModel, type TfjsOptions, tfjs } from "./tfjs.js";
