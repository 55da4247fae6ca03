export { type ActivationOptions, activation, apoz } from "./activation.js";
export { type ReconstructionOptions, reconstruction } from "./reconstruction.js";
export { type VarianceOptions, variance, wanda } from "./wanda.js";
