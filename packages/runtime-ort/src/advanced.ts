export { numbersOf } from "./numbers.js";
export { runTensors } from "./run.js";
export { runtimeOf } from "./runtime.js";
export { elementTypeOf } from "./values.js";
