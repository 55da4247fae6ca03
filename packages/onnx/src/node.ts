export { hashModel } from "./node/hash-model.js";
export { openModel } from "./node/open-model.js";
export { saveModel } from "./node/save-model.js";
