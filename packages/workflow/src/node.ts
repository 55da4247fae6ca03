export { type FolderStoreOptions, folderStore } from "./node/folder-store.js";
export { nodeFormats } from "./node/node-formats.js";
export { lossless, nodeWorkflow, open, prune } from "./node/node-workflow.js";
export { isStandardOutput, standard } from "./node/stream.js";
