export { checkFiles } from "./check-files.js";
export { FilesError } from "./errors.js";
export { stageContents, stageFile } from "./stage-file.js";
export { stageModelFiles } from "./stage-model.js";
export { discardAll, publishAll } from "./staged.js";
