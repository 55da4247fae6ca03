export type { EmbeddedOptions } from "./engine/embedded.js";
export type { EngineEvents, NamedJob } from "./engine/engine.js";
export type { SweepErrorCode, SweepErrors } from "./errors.js";
export type { ContentStore } from "./files/store.js";
export type { Job, JobInputs, TreeRef, Versions } from "./job/job.js";
export type { Done, Machine, Missed, ObservedRun, TimedLatency } from "./job/outcome.js";
export { measures, type SweepMeasure } from "./plan/measure.js";
export type {
  CandidateOptions,
  CheckedPlan,
  Dimension,
  Halving,
  JudgeSamples,
  NumberRange,
  Space,
} from "./plan/plan.js";
export type { DonePoint, SweptCandidate } from "./results/fronts.js";
export { ownOptions, type ResultsFile, resultsHash } from "./results/write.js";
export type { Measures } from "./search/rank.js";
