export type { BatchNormScaleOptions } from "./batch-norm-scale.js";
export { dutyOf } from "./duties.js";
export type { FpgmOptions } from "./fpgm.js";
export { magnitudeOfSum, takenBySums } from "./magnitude.js";
export type { Normaliser } from "./normaliser.js";
export { type NormaliserName, normalise, normaliserNames } from "./normaliser.js";
export { type Occurrences, occurrences } from "./occurrences.js";
export type { Reduction } from "./reduction.js";
export { type ReductionName, reduceScores, reductionNames, type StackReduction } from "./reduction.js";
