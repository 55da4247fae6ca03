export { batchNormL1 } from "./batch-norm-l1.js";
export { groupLasso } from "./group-lasso.js";
export { type GroupNormOptions, groupNorm, groupNormRates } from "./group-norm.js";
export { type GrowOptions, growRates } from "./growing.js";
export type { Penalty, PenaltyOptions, UnitRates } from "./penalty.js";
export { unitDecay } from "./unit-decay.js";
