export { type BatchNormScaleOptions, batchNormScale } from "./batch-norm-scale.js";
export { type FpgmOptions, fpgm } from "./fpgm.js";
export { lamp } from "./lamp.js";
export { type MagnitudeOptions, magnitude } from "./magnitude.js";
export type { Normaliser } from "./normaliser.js";
export { random } from "./random.js";
export type { Reduction } from "./reduction.js";
