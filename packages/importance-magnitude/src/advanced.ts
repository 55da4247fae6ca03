export { dutyOf } from "./duties.js";
export { magnitudeOfSum } from "./magnitude.js";
export { normalise } from "./normaliser.js";
export { type Occurrences, occurrences } from "./occurrences.js";
export { type ReductionName, reduceScores, type StackReduction } from "./reduction.js";
