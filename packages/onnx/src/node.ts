export { hashModel } from "./node/hash-model.js";
export { openModel } from "./node/open-model.js";
export { externalDataFiles, saveModel, stageModel } from "./node/save-model.js";
