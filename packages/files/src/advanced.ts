export type { OutputPath } from "./check-files.js";
export { type FilesErrorCode, type FilesErrorDetail, reasonOf } from "./errors.js";
export { nameByGeneration } from "./generation.js";
export { existingInside, placeInside } from "./inside.js";
export type { StagedFile } from "./stage-file.js";
export { type FileToWrite, type ModelToWrite, type StageModelOptions, stageChunks } from "./stage-model.js";
export type { Staged } from "./staged.js";
export { identityOf, kindOf, replaceable, targetOf, type WriteTarget } from "./target.js";
export { type TemporaryFolder, temporaryFolder, temporaryFolderFor } from "./temporary-folder.js";
