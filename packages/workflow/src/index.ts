export { PruneError } from "@prune/errors";
export type {
  LosslessJob,
  ModelSource,
  PruneJob,
  PruneResult,
  Result,
  SensitivityJob,
  TrainJob,
  Workflow,
  WorkflowOptions,
} from "./calls.js";
export { criterion } from "./criteria.js";
export { WorkflowError } from "./errors.js";
export type { Format, Opened } from "./format.js";
export type { PruneConfig, TrainingConfig } from "./options/config.js";
export type { JobProgress, JobStep } from "./progress.js";
export type { PruneReport } from "./reports/prune-report.js";
export { type MemoryStore, memoryStore } from "./store/memory-store.js";
export type { NewFile, Store } from "./store/store.js";
export { createWorkflow } from "./workflow.js";
