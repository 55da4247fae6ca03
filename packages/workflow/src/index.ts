export { type OptionName, PruneError } from "@prune/errors";
export type {
  ApplyOptions,
  BenchOptions,
  EvaluateOptions,
  LosslessJob,
  ModelSource,
  OpenOptions,
  PruneJob,
  PruneResult,
  Result,
  SensitivityJob,
  Targets,
  TrainJob,
  VerifyOptions,
  Workflow,
  WorkflowOptions,
} from "./calls.js";
export { criterion, criterionNames, type NormaliserName, normalisers, reductions } from "./criteria.js";
export { WorkflowError, type WorkflowErrorCode, type WorkflowErrors } from "./errors.js";
export type { Feature, Format, JudgedSamples, Opened, SampleAnswer } from "./format.js";
export { type JudgeOptions, type OpenJudge, openJudge } from "./judge.js";
export { keptText as losslessKeptText } from "./lossless.js";
export { bytesOf } from "./made.js";
export { type AskedPrune, sampleFiles } from "./options/asked.js";
export type { PruneConfig, TrainingConfig } from "./options/config.js";
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
export type { JobOptions, JobProgress, JobStep } from "./progress.js";
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
export type { InlinedCounts, PruneReport } from "./reports/prune-report.js";
export type { RecoveryJobReport } from "./reports/recovery-report.js";
export type { TrainingReport, TrainReport } from "./reports/training-report.js";
export type { Verification } from "./reports/verification.js";
export { type StoredSamples, samplesToDraw, samplesToKeep, samplesToVerify } from "./samples/draw-samples.js";
export type { CurvesFile } from "./sensitivity/curves-file.js";
export { samplesForCurves } from "./sensitivity/job.js";
export { type Metric, metrics } from "./sensitivity/measure.js";
export { type MemoryStore, memoryStore } from "./store/memory-store.js";
export { readJson } from "./store/read-json.js";
export {
  jsonFile,
  type NewFile,
  type NewModel,
  type Range,
  type Results,
  type Store,
  type StoreOutput,
  textFile,
} from "./store/store.js";
export { trainingOf } from "./training/training-config.js";
export { createWorkflow } from "./workflow.js";
