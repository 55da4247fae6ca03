export { criterion, criterionNames, type NormaliserName, normalisers, reductions } from "./criteria.js";
export { type OptionText, WorkflowError, type WorkflowErrorCode, type WorkflowErrors } from "./errors.js";
export type { Feature, Format, Opened } from "./format.js";
export { keptText as losslessKeptText } from "./lossless.js";
export { bytesOf } from "./made.js";
export type { Asked } from "./options/asked.js";
export type { PruneConfig } from "./options/config.js";
export { faultOfRecover, methodNames } from "./options/recovery-methods.js";
export type { JobOptions, Progress, Step } from "./progress.js";
export { type DataFree, type DataFreeReport, dataFreeWays } from "./reports/data-free-report.js";
export type { KeepReport } from "./reports/keep-report.js";
export type { LatencyReport } from "./reports/latency-report.js";
export type { LawReport } from "./reports/law-report.js";
export type { Equality, LosslessPart, LosslessReport } from "./reports/lossless-report.js";
export type { InlinedCounts, PruneReport } from "./reports/prune-report.js";
export type { RecoveryReport } from "./reports/recovery-report.js";
export type { SampleFiles } from "./samples/draw-samples.js";
export { type MemoryStore, memoryStore } from "./store/memory-store.js";
export { jsonFile, type NewFile, type Outputs, type Range, type Store, textFile } from "./store/store.js";
export {
  createWorkflow,
  type LosslessOptions,
  type ModelSource,
  type Pruned,
  type PruneOptions,
  type Result,
  type Targets,
  type Workflow,
  type WorkflowOptions,
} from "./workflow.js";
