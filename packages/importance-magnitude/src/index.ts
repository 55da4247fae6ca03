export { batchNormScale } from "./batch-norm-scale.js";
export { fpgm } from "./fpgm.js";
export { lamp } from "./lamp.js";
export { type MagnitudeOptions, magnitude } from "./magnitude.js";
export { random } from "./random.js";
