export { modelFiles, openGraphModel, openModel } from "./node/open-model.js";
export { type SaveOptions, saveGraphModel, saveModel } from "./node/save-model.js";
