export type { ConstantNode, Stop } from "./differentiate.js";
export type { AutodiffErrorCode, AutodiffErrorDetail } from "./errors.js";
export type { GradientsOptions } from "./gradients.js";
export type { GradientKit } from "./graph/kit.js";
export type { LossInput, LossKit } from "./loss/loss.js";
export {
  type CrossEntropyOptions,
  type DistillationOptions,
  features,
  type MeanSquaresOptions,
  mix,
} from "./loss/losses.js";
export { scoresOf } from "./loss/with-loss.js";
export { type ParametersOptions, parametersOf } from "./parameters.js";
export { type GradientRecord, gradientRecords } from "./records.js";
export { constantOperators, gradientRules } from "./rules/rules.js";
export type { GradientNode, GradientRule, GradientRules } from "./rules/step.js";
export type { AdamWOptions, Rates, SgdOptions, Stepped } from "./step/optimiser.js";
export { type Carried, countName, rateName, type TrainingStepOptions } from "./step/training-step.js";
