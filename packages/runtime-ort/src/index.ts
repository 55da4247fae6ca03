export { type Kept, keptBy } from "@prune/graph";
export { type Agreement, type Answers, agreement, type Estimate } from "@prune/recovery";
export { type BasisOptions, streamBasis } from "./basis/stream-basis.js";
export { type Comparison, compare, type Difference } from "./compare.js";
export { withEdited } from "./edited.js";
export { RuntimeError, type RuntimeErrorCode, type RuntimeErrors } from "./error.js";
export { type FeedOptions, randomFeeds } from "./feeds.js";
export { findFeeds } from "./find-feeds.js";
export { type Input, type InputGraph, inputsOf } from "./inputs.js";
export {
  type Accuracy,
  type AccuracyOptions,
  accuracy,
  accuracyOf,
  accuracyOn,
  type SampleConfig,
} from "./judging/accuracy.js";
export { compareOn, type Judgement, judgementOf, judgeOn } from "./judging/judge.js";
export { answersOf } from "./judging/outputs.js";
export { type MeasureTableOptions, measureTable } from "./latency/measure-table.js";
export { type LatencyPredictor, latencyPredictor } from "./latency/predictor.js";
export {
  type AgainstOptions,
  type Sample,
  type Stopwatch,
  type StopwatchOptions,
  stopwatch,
} from "./latency/stopwatch.js";
export type { LatencyKey, LatencyTable, OperatorTable } from "./latency/table.js";
export { checkLatencyTable, readLatencyTable } from "./latency/table-file.js";
export { judge, type Verdict } from "./law/judge.js";
export {
  checkLaw,
  type Law,
  type LawModels,
  type LawOptions,
  type Lender,
  type OpenLaw,
  openLaw,
} from "./law/law.js";
export type { LivingOf } from "./law/left.js";
export type { Source } from "./law/models.js";
export type { ReferenceOptions } from "./law/reference.js";
export { toleranceOf } from "./law/tolerance.js";
export { type VerifyLawOptions, verifyLaw } from "./law/verify-law.js";
export { type LogitReport, type LogitTwins, withLogits } from "./logits/with-logits.js";
export {
  type Latency,
  type MeasureOptions,
  measure,
  measurePair,
  type Pace,
  type PairOptions,
} from "./measure.js";
export { type MergeReport, mergeChannels } from "./merge/merge-model.js";
export { nudge } from "./nudge.js";
export { compensateMeans } from "./recovery/compensate.js";
export {
  type Pruned,
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
export { type Outputs, run } from "./run.js";
export { type Ort, type OrtHost, type OrtRuntime, type OrtRuntimeOptions, ortRuntime } from "./runtime.js";
export { countOf } from "./samples/count.js";
export { type ShuffleOptions, shuffled } from "./samples/shuffled.js";
export { activationProbe, type ReaderStatistics, type SampledProbe } from "./selection/activation-probe.js";
export { type ChooseOptions, type Chooser, chooser } from "./selection/choose.js";
export { type BlockRank, type RankOptions, rankBlocks } from "./selection/rank-blocks.js";
export { readersOf } from "./selection/readers.js";
export { createSession, type Session, type SessionOptions } from "./session.js";
export { sessionOf } from "./session-of.js";
export type { ChannelStatistics } from "./statistics/channels.js";
export {
  type CollectOptions,
  collectStatistics,
  type LayerStatistics,
} from "./statistics/collect.js";
export { type Summary, summarise } from "./summary.js";
export { type Synthetic, type SyntheticOptions, syntheticSamples } from "./synthetic/synthetic.js";
export { type TokenGraph, tokenLimits } from "./tokens.js";
export type { ElementType, Values, ValuesByName } from "./values.js";
