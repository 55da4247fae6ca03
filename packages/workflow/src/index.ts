export { type OptionName, PruneError } from "@prune/errors";
export type {
  ApplyOptions,
  BenchOptions,
  EvaluateOptions,
  LosslessOptions,
  ModelSource,
  OpenOptions,
  Pruned,
  PruneOptions,
  Result,
  SensitivityOptions,
  Targets,
  TrainOptions,
  VerifyOptions,
  Workflow,
  WorkflowOptions,
} from "./calls.js";
export { criterion, criterionNames, type NormaliserName, normalisers, reductions } from "./criteria.js";
export { WorkflowError, type WorkflowErrorCode, type WorkflowErrors } from "./errors.js";
export type { Answer, Feature, Format, Judgement, Opened } from "./format.js";
export { type JudgeOptions, type OpenJudge, openJudge } from "./judge.js";
export { keptText as losslessKeptText } from "./lossless.js";
export { bytesOf } from "./made.js";
export { type Asked, sampleFiles } from "./options/asked.js";
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
export type { JobOptions, Progress, Step } from "./progress.js";
export type { Details } from "./prune.js";
export type { Application } from "./reports/application.js";
export type { Bench } from "./reports/bench.js";
export { type DataFree, type DataFreeReport, dataFreeWays } from "./reports/data-free-report.js";
export type { Evaluation } from "./reports/evaluation.js";
export type { InspectedGroup, Inspection } from "./reports/inspection.js";
export type { KeepReport } from "./reports/keep-report.js";
export type { LatencyReport } from "./reports/latency-report.js";
export type { LawReport } from "./reports/law-report.js";
export type { Equality, LosslessPart, LosslessReport } from "./reports/lossless-report.js";
export type { InlinedCounts, PruneReport } from "./reports/prune-report.js";
export type { RecoveryReport } from "./reports/recovery-report.js";
export type { TrainingReport, TrainReport } from "./reports/training-report.js";
export type { Verification } from "./reports/verification.js";
export { type SampleFiles, samplesToDraw, samplesToKeep, samplesToVerify } from "./samples/draw-samples.js";
export type { CurvesFile } from "./sensitivity/curves-file.js";
export { samplesForCurves } from "./sensitivity/job.js";
export { type Metric, metrics } from "./sensitivity/measure.js";
export { type MemoryStore, memoryStore } from "./store/memory-store.js";
export { readJson } from "./store/read-json.js";
export {
  jsonFile,
  type NewFile,
  type NewModel,
  type Output,
  type Range,
  type Results,
  type Store,
  textFile,
} from "./store/store.js";
export { trainingOf } from "./training/training-config.js";
export { createWorkflow } from "./workflow.js";
