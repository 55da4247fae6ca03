export { modelFiles, openGraphModel, openModel } from "./node/open-model.js";
export { type SaveOptions, saveGraphModel, saveModel, shardNamesOf, stageModel } from "./node/save-model.js";
