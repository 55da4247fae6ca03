export { type EmbeddedOptions, embedded } from "./engine/embedded.js";
export type { Engine, EngineEvents, NamedJob } from "./engine/engine.js";
export { SweepError, type SweepErrorCode, type SweepErrors } from "./errors.js";
export type { ContentStore } from "./files/store.js";
export type { Job, JobInputs, TreeRef, Versions } from "./job/job.js";
export type { Done, JobOutcome, Machine, Missed, ObservedRun, TimedLatency } from "./job/outcome.js";
export { checkPlan } from "./plan/check-plan.js";
export { measures, type SweepMeasure } from "./plan/measure.js";
export type {
  CandidateOptions,
  CheckedPlan,
  Dimension,
  Halving,
  JudgeSamples,
  NumberRange,
  Space,
  SweepPlan,
} from "./plan/plan.js";
export { type DonePoint, type Front, frontsOf } from "./results/fronts.js";
export { ownOptions, type ResultsFile, resultsHash, writeResults } from "./results/write.js";
export type { Measures } from "./search/rank.js";
export type { Candidate } from "./search/search.js";
export { runSweep, type SweepOptions, type Swept, type SweptCandidate } from "./sweep.js";
