export { availableRuntime } from "./node/available-runtime.js";
export { nodeRuntime } from "./node/node-runtime.js";
