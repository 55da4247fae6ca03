export { AutodiffError } from "./errors.js";
export { type Gradients, gradients } from "./gradients.js";
export type { Loss } from "./loss/loss.js";
export { crossEntropy, distillation, meanSquares } from "./loss/losses.js";
export { adamW, type Optimiser, sgd } from "./step/optimiser.js";
export { type TrainingStep, trainingStep } from "./step/training-step.js";
