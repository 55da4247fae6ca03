export { type BatchNormScaleOptions, batchNormScale } from "./batch-norm-scale.js";
export { dutyOf } from "./duties.js";
export { type FpgmOptions, fpgm } from "./fpgm.js";
export { lamp } from "./lamp.js";
export { type MagnitudeOptions, magnitude, magnitudeOfSum } from "./magnitude.js";
export { type Normaliser, normalise } from "./normaliser.js";
export { type Occurrences, occurrences } from "./occurrences.js";
export { random } from "./random.js";
export { type Reduction, type ReductionName, reduceScores, type StackReduction } from "./reduction.js";
