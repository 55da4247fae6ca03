export { axisOf, axisText, type ParameterAxis, rootOf } from "./axis.js";
export type { Progress, Watched } from "./breather.js";
export type { CutPredictor } from "./budget/aligned.js";
export { type Amount, amountOf, type Resource, resourceOf, type Target } from "./budget/amount.js";
export {
  type Budgeted,
  type BudgetOptions,
  type Measure,
  planByBudget,
} from "./budget/budget.js";
export type { MeasuredValue } from "./budget/measured.js";
export type { Budget } from "./budget/outcome.js";
export { samplePlans } from "./budget/sample-plans.js";
export { checkHeads } from "./check-names.js";
export { checkOptions } from "./check-options.js";
export { type CheckOptions, checkImportance } from "./criteria/check-importance.js";
export { type CombineOptions, combine } from "./criteria/combine.js";
export { ensemble } from "./criteria/ensemble.js";
export { normalised, type ScoreNormaliser } from "./criteria/normalised.js";
export { type AxisDifference, diffRecipes, type RecipeDifference } from "./diff-recipes.js";
export { PrunerError, type PrunerErrorCode, type PrunerErrorDetail } from "./errors.js";
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
export type { Bar, Hold, JudgedModel, KeepEstimate } from "./keep/hold.js";
export { type Cutting, type KeepOptions, type KeptModel, keep } from "./keep/keep.js";
export { type Part, partsOf, withoutNumbers } from "./parts.js";
export { type Choice, type Chosen, planByRatio, type RatioOptions } from "./plan-by-ratio.js";
export { planFromRecipe, type ReplayOptions } from "./plan-from-recipe.js";
export type { Ranking, Scope } from "./pools.js";
export { type Prunable, prunableOf } from "./prunable.js";
export {
  account,
  cutOrRepair,
  type Made,
  makeOrRepair,
  type Planned,
  type Pruned,
  type PruneOptions,
  plan,
  prune,
} from "./prune.js";
export { openPruner, type Pruner } from "./pruner.js";
export type { Asked, Ratios } from "./ratios.js";
export { readRecipe } from "./read-recipe.js";
export { type Recipe, type RecipeOptions, recipeOf, type UseRemoval } from "./recipe.js";
export { type GroupReport, groupReports, makeReport, type Report } from "./report.js";
export { pruneInSteps, type RetrainingOptions, type RetrainingStep } from "./retraining.js";
export type { Schedule, StepOptions } from "./schedule.js";
export { type Scores, scoreFamilies } from "./scores.js";
export { type AllocateOptions, type Allocation, allocate } from "./sensitivity/allocation.js";
export {
  type SensitivityCurve,
  type SensitivityOptions,
  type SensitivityPoint,
  sensitivity,
} from "./sensitivity/curves.js";
export { type Change, type ChooseOptions, type PruningStep, stepsOf } from "./steps.js";
export { planFromTwin, type TwinFinding, type TwinPlan } from "./twin/plan-from-twin.js";
export { unitNamed, unitText } from "./unit-names.js";
