export { registerTrainingKernels } from "./wasm/register.js";
