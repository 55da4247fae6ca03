export type { Images } from "./augmentation.js";
export type { CheckpointStore, CurvePoint } from "./checkpoint.js";
export type { TrainingFeed } from "./data.js";
export type { TrainingErrorCode, TrainingErrorDetail } from "./errors.js";
export type { GateProgress, GateTrial, UnitScores } from "./gates/learn-gates.js";
export type { GoalOptions } from "./goal.js";
export type { WithGradients } from "./gradient-probe.js";
export type { Ending } from "./options.js";
export type { TrainingOrt } from "./runtime.js";
