export { type BasisOptions, streamBasis } from "./basis/stream-basis.js";
export { OnnxRecoveryError, type OnnxRecoveryErrorCode, type OnnxRecoveryErrors } from "./error.js";
export { compareOn, judgeOn } from "./judging/judge.js";
export { answersOf } from "./judging/outputs.js";
export { type LogitReport, type LogitTwins, withLogits } from "./logits/with-logits.js";
export { type MergeReport, mergeChannels } from "./merge/merge-model.js";
export { compensateMeans } from "./recovery/compensate.js";
export {
  type CutOnnxModel,
  type RecoverModelOptions,
  type RecoveryReport,
  recoverModel,
} from "./recovery/recover-model.js";
export type { MomentsReport } from "./recovery/reestimate-moments.js";
export {
  type NormReport,
  type ReestimatedModel,
  type ReestimateOptions,
  reestimateNorms,
} from "./recovery/reestimate-norms.js";
export { refitSymmetric } from "./recovery/symmetric.js";
export { ortTwins, type TwinsOptions } from "./recovery/twins.js";
export { countOf } from "./samples/count.js";
export { type ShuffleOptions, shuffledBatches } from "./samples/shuffled.js";
export { activationProbe } from "./selection/activation-probe.js";
export { type Chooser, type ChooserOptions, chooser } from "./selection/choose.js";
export { type BlockRank, type RankOptions, rankBlocks } from "./selection/rank-blocks.js";
export { readersOf } from "./selection/readers.js";
export type { CountedChannels } from "./statistics/channels.js";
export {
  type CollectOptions,
  collectStatistics,
  type LayerStatistics,
} from "./statistics/collect.js";
export { type Synthetic, type SyntheticOptions, syntheticSamples } from "./synthetic/synthetic.js";
