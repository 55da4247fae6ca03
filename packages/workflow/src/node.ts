export type { FolderOptions, FolderPruned } from "./model-folder/prune-folder.js";
export { type FolderStoreOptions, folderStore } from "./node/folder-store.js";
export { type NodeFormatsOptions, nodeFormats } from "./node/node-formats.js";
export { losslessFile, nodeWorkflow, open, pruneFile, pruneFolder } from "./node/node-workflow.js";
export { isStandardOutput, readStandardInput, standard } from "./node/stream.js";
export type { FolderReport, PrunedGraph } from "./reports/folder-report.js";
