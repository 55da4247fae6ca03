export type { CutPredictor } from "./budget/aligned.js";
export type { Amount } from "./budget/amount.js";
export { amountOf, resourceOf } from "./budget/amount.js";
export { type Budgeted, type BudgetOptions, type Measure, planByBudget } from "./budget/budget.js";
export type { MeasuredValue } from "./budget/measured.js";
export type { Budget } from "./budget/outcome.js";
export type { Resource } from "./budget/resource.js";
export { samplePlans } from "./budget/sample-plans.js";
export { checkHeads } from "./check-names.js";
export { checkOptions } from "./check-options.js";
export type { CheckOptions } from "./criteria/check-importance.js";
export type { CombineOptions } from "./criteria/combine.js";
export { normalised, type ScoreNormaliser } from "./criteria/normalised.js";
export { allocateUnits, type CostCurve, type Work } from "./curves/allocate-units.js";
export type { Chooser, ChooserOptions, Losses, UnitLosses } from "./curves/chooser.js";
export { type MeasuredCost, rescale } from "./curves/rescale.js";
export type { AxisDifference, RecipeDifference } from "./diff-recipes.js";
export type { PrunerErrorCode, PrunerErrorDetail } from "./errors.js";
export {
  type FrozenPositions,
  frozenAxes,
  prunableElements,
  type StoredNumbers,
  storedNumbers,
} from "./frozen.js";
export { type Held, heldBy } from "./held-by.js";
export {
  barText,
  type Confirmation,
  curveLines,
  type KeepCurve,
  type Point,
  type Sized,
} from "./keep/curve.js";
export type { Hold } from "./keep/hold.js";
export type { Bar, JudgedModel, KeepEstimate } from "./keep/judged-model.js";
export type { Cutting } from "./keep/keep.js";
export { type Part, partsOf, withoutNumbers } from "./parts.js";
export { type Choice, type Chosen, planByRatio, type RatioOptions } from "./plan-by-ratio.js";
export type { ReplayOptions } from "./plan-from-recipe.js";
export type { Ranking, Scope } from "./pools.js";
export { type Prunable, prunableOf } from "./prunable.js";
export { account, cutOrRepair, type Made, makeOrRepair } from "./prune.js";
export type { Asked, Ratios } from "./ratios.js";
export type { RecipeOptions, UseRemoval } from "./recipe.js";
export { type GroupReport, groupReports, makeReport } from "./report.js";
export { pruneInSteps, type RetrainingOptions, type RetrainingStep } from "./retraining.js";
export type { Schedule, StepOptions } from "./schedule.js";
export { type Scores, scoreFamilies } from "./scores.js";
export type { AllocateOptions, Allocation } from "./sensitivity/allocation.js";
export type { SensitivityOptions, SensitivityPoint } from "./sensitivity/curves.js";
export type { ChooseOptions, LearnScores } from "./steps.js";
export { type Change, stepsOf } from "./steps.js";
export { planFromTwin, type TwinFinding, type TwinPlan } from "./twin/plan-from-twin.js";
export type { Progress, Watched } from "./watched.js";
