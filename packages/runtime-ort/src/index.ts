export {
  type Accuracy,
  type AccuracyOptions,
  accuracy,
  accuracyOf,
  accuracyOn,
  type ImageConfig,
} from "./accuracy.js";
export { type Comparison, compare, type Difference } from "./compare.js";
export { withEdited } from "./edited.js";
export { RuntimeError, type RuntimeErrorCode, type RuntimeErrors } from "./error.js";
export { type FeedOptions, randomFeeds } from "./feeds.js";
export { findFeeds } from "./find-feeds.js";
export { type Input, type InputGraph, inputsOf } from "./inputs.js";
export { type MeasureTableOptions, measureTable } from "./latency/measure-table.js";
export { type LatencyPredictor, latencyPredictor } from "./latency/predictor.js";
export {
  type AgainstOptions,
  type CutStopwatch,
  type Sample,
  type StopwatchOptions,
  stopwatch,
} from "./latency/stopwatch.js";
export type { LatencyKey, LatencyTable, OperatorTimes } from "./latency/table.js";
export { checkLatencyTable, readLatencyTable } from "./latency/table-file.js";
export { judge, type LawVerdict } from "./law/judge.js";
export {
  checkLaw,
  type Law,
  type LawModels,
  type LawOptions,
  type Lender,
  type OpenLaw,
  openLaw,
} from "./law/law.js";
export { type LivingOf, leftOf } from "./law/left.js";
export type { Source } from "./law/models.js";
export type { ReferenceOptions } from "./law/reference.js";
export { toleranceOf } from "./law/tolerance.js";
export { type VerifyLawOptions, verifyLaw } from "./law/verify-law.js";
export {
  type Latency,
  type MeasureOptions,
  measure,
  measureInTurn,
  measurePair,
  type Pace,
  type PairOptions,
} from "./measure.js";
export { nudge } from "./nudge.js";
export { type Outputs, run } from "./run.js";
export { type Ort, type OrtHost, type OrtRuntime, type OrtRuntimeOptions, ortRuntime } from "./runtime.js";
export { createSession, type Session, type SessionOptions } from "./session.js";
export { sessionOf } from "./session-of.js";
export { type Summary, summarise } from "./summary.js";
export { type TokenGraph, tokenLimits } from "./tokens.js";
export type { ElementType, Values, ValuesByName } from "./values.js";
