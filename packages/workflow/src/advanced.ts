export type { OptionName } from "@prune/errors";
export type {
  ApplyOptions,
  BenchOptions,
  EvaluateOptions,
  OpenOptions,
  Targets,
  VerifyOptions,
} from "./calls.js";
export { criterionNames } from "./criteria.js";
export type { WorkflowErrorCode, WorkflowErrors } from "./errors.js";
export type { Feature, JudgedSamples, SampleAnswer } from "./format.js";
export { type JudgeOptions, type OpenJudge, openJudge } from "./judge.js";
export { keptText as losslessKeptText } from "./lossless.js";
export { bytesOf } from "./made.js";
export { type AskedPrune, sampleFiles } from "./options/asked.js";
export { configFault } from "./options/config-fault.js";
export type { Field } from "./options/field.js";
export { faultOfRecover, methodNames } from "./options/recovery-methods.js";
export { schema, sentence } from "./options/schema.js";
export {
  type CommandName,
  groups,
  most,
  type OptionKey,
  type OptionRow,
  options,
  training,
} from "./options/table.js";
export type { JobOptions } from "./progress.js";
export type { Details } from "./prune.js";
export type { Application } from "./reports/application.js";
export type { Bench } from "./reports/bench.js";
export { type DataFree, type DataFreeReport, dataFreeWays } from "./reports/data-free-report.js";
export type { Evaluation } from "./reports/evaluation.js";
export type { InspectedGroup, Inspection } from "./reports/inspection.js";
export type { KeepReport } from "./reports/keep-report.js";
export type { LatencyReport } from "./reports/latency-report.js";
export type { LawReport } from "./reports/law-report.js";
export type { Equality, LosslessJobReport, LosslessPart } from "./reports/lossless-report.js";
export type { InlinedCounts } from "./reports/prune-report.js";
export type { RecoveryJobReport } from "./reports/recovery-report.js";
export type { TrainingReport, TrainReport } from "./reports/training-report.js";
export type { Verification } from "./reports/verification.js";
export { type StoredSamples, samplesToDraw, samplesToKeep, samplesToVerify } from "./samples/draw-samples.js";
export type { CurvesFile } from "./sensitivity/curves-file.js";
export { samplesForCurves } from "./sensitivity/job.js";
export { type Metric, metrics } from "./sensitivity/measure.js";
export { readJson } from "./store/read-json.js";
export {
  jsonFile,
  type NewModel,
  type Range,
  type Results,
  type StoreOutput,
  textFile,
} from "./store/store.js";
export { trainingOf } from "./training/training-config.js";
