export { checkFiles, type OutputPath } from "./check-files.js";
export { FilesError } from "./errors.js";
export { existingInside, placeInside } from "./inside.js";
export { type StagedFile, stageContents, stageFile } from "./stage-file.js";
export { stageModelFiles } from "./stage-model.js";
export { discardAll, publishAll } from "./staged.js";
export { temporaryFolder } from "./temporary-folder.js";
