export type { ConstantNode, Stop } from "./differentiate.js";
export { AutodiffError, type AutodiffErrorCode, type AutodiffErrorDetail } from "./errors.js";
export { type Gradients, type GradientsOptions, gradients } from "./gradients.js";
export type { GradientKit } from "./graph/kit.js";
export type { Loss, LossInput, LossKit } from "./loss/loss.js";
export {
  type CrossEntropyOptions,
  crossEntropy,
  type DistillationOptions,
  distillation,
  features,
  type MeanSquaresOptions,
  meanSquares,
  mix,
} from "./loss/losses.js";
export { scoresOf } from "./loss/with-loss.js";
export { type ParametersOptions, parametersOf } from "./parameters.js";
export { type GradientRecord, gradientRecords } from "./records.js";
export { constantOperators, gradientRules } from "./rules/rules.js";
export type { GradientNode, GradientRule, GradientRules } from "./rules/step.js";
export {
  type AdamWOptions,
  adamW,
  type Optimiser,
  type Rates,
  type SgdOptions,
  type Stepped,
  sgd,
} from "./step/optimiser.js";
export {
  type Carried,
  countName,
  rateName,
  type TrainingStep,
  type TrainingStepOptions,
  trainingStep,
} from "./step/training-step.js";
