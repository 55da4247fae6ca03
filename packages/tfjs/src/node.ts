export { shardNamesOf } from "./format/files-of-model.js";
export { modelFiles, openGraphModel, openTfjsModel } from "./node/open-model.js";
export { type SaveOptions, saveGraphModel, saveTfjsModel, stageTfjsModel } from "./node/save-model.js";
