export { masked } from "./queue/address.js";
export { type QueueEngineOptions, type QueueOptions, queueEngine } from "./queue/engine.js";
export { type WorkEvent, type WorkOptions, work } from "./queue/work.js";
