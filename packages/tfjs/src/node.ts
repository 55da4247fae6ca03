export { shardNamesOf } from "./format/files-of-model.js";
export { modelFiles, openGraphModel, openModel } from "./node/open-model.js";
export { type SaveOptions, saveGraphModel, saveModel, stageModel } from "./node/save-model.js";
