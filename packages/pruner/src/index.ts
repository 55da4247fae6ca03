export { type Axis, axisOf, axisText, rootOf } from "./axis.js";
export { PrunerError, type PrunerErrorCode, type PrunerErrorDetail } from "./errors.js";
export { type Part, partsOf } from "./parts.js";
export { type Choice, type Chosen, planByRatio, type RatioOptions } from "./plan-by-ratio.js";
export type { Asked, Ratios } from "./ratios.js";
export { type Scores, scoreFamilies } from "./scores.js";
