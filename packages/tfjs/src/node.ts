export { openGraphModel } from "./node/open-model.js";
