export { OnnxRecoveryError } from "./error.js";
export { compareOn, judgeOn } from "./judging/judge.js";
export { answersOf } from "./judging/outputs.js";
export { type MergeReport, mergeChannels } from "./merge/merge-model.js";
export { type RecoveryReport, recoverModel } from "./recovery/recover-model.js";
export type { CutOnnxModel, RecoverModelOptions } from "./recovery/recover-options.js";
export { type ReestimateOptions, reestimateNorms } from "./recovery/reestimate-norms.js";
export { type ShuffleOptions, shuffledBatches } from "./samples/shuffled.js";
export { activationProbe } from "./selection/activation-probe.js";
export {
  type LossesOptions,
  type ReconstructionLosses,
  reconstructionLosses,
} from "./selection/reconstruction-losses.js";
export { type CollectOptions, collectStatistics, type LayerStatistics } from "./statistics/collect.js";
export { type Synthetic, type SyntheticOptions, syntheticSamples } from "./synthetic/synthetic.js";
