export { nodeRuntime } from "./node/node-runtime.js";
