export { type AccuracyOptions, accuracyOf, accuracyOn, type ImageConfig } from "./accuracy.js";
export type { Difference } from "./compare.js";
export { withEdited } from "./edited.js";
export type { RuntimeErrorCode, RuntimeErrors } from "./error.js";
export type { FeedOptions } from "./feeds.js";
export type { InputGraph } from "./inputs.js";
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
export type { LawVerdict } from "./law/judge.js";
export { type LawModels, type OpenLaw, openLaw } from "./law/law.js";
export { type LivingOf, leftOf } from "./law/left.js";
export type { Source } from "./law/models.js";
export type { ReferenceOptions } from "./law/reference.js";
export { toleranceOf } from "./law/tolerance.js";
export type { VerifyLawOptions } from "./law/verify-law.js";
export {
  type MeasureOptions,
  measureInTurn,
  measurePairInTurn,
  type Pace,
  type PairOptions,
} from "./measure.js";
export { nudge } from "./nudge.js";
export { numbersOf } from "./numbers.js";
export { type Perplexity, type PerplexityOptions, perplexityOn } from "./perplexity.js";
export { runTensors } from "./run.js";
export { type Ort, type OrtHost, type OrtRuntimeOptions, runtimeOf } from "./runtime.js";
export { sessionOf } from "./session-of.js";
export { stretchWithin } from "./stretches/stretch-within.js";
export { type Summary, summarise } from "./summary.js";
export { type TokenGraph, tokenLimits } from "./tokens.js";
export { type ElementType, elementTypeOf } from "./values.js";
