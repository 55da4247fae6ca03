export { openGraphModel } from "./node/open-model.js";
export { saveGraphModel } from "./node/save-model.js";
