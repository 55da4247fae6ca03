export { type FolderStoreOptions, folderStore } from "./node/folder-store.js";
export { lossless, nodeWorkflow, open, prune } from "./node/node-workflow.js";
