export { type Augmentation, crop, cutout, flip, type Images } from "./augmentation.js";
export type { CheckpointStore, CurvePoint } from "./checkpoint.js";
export type { Feed, TrainingData } from "./data.js";
export { TrainingError, type TrainingErrorCode, type TrainingErrorDetail } from "./errors.js";
export type { GoalOptions } from "./goal.js";
export type { Ending, Progress, Trained, TrainOptions } from "./options.js";
export type { Ort } from "./runtime.js";
export { constant, cosine, type Schedule, steps, warmUp } from "./schedule.js";
export { train } from "./train.js";
