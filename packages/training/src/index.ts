export { type Augmentation, crop, cutout, flip, mixup } from "./augmentation.js";
export type { TrainingData } from "./data.js";
export { TrainingError } from "./errors.js";
export { gateLearner } from "./gates/learn-gates.js";
export { gradientProbe } from "./gradient-probe.js";
export type { Trained, TrainingProgress, TrainOptions } from "./options.js";
export { constant, cosine, type RateSchedule, steps, warmUp } from "./schedule.js";
export { train } from "./train.js";
