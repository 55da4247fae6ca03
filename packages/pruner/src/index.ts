export type { Amount, Target } from "./budget/amount.js";
export { checkImportance } from "./criteria/check-importance.js";
export { combine } from "./criteria/combine.js";
export { ensemble } from "./criteria/ensemble.js";
export {
  type Chooser,
  type ChooserOptions,
  chooser,
  type Losses,
  type UnitLosses,
} from "./curves/chooser.js";
export { diffRecipes } from "./diff-recipes.js";
export { PrunerError } from "./errors.js";
export { type KeepOptions, type KeptModel, keep } from "./keep/keep.js";
export { planFromRecipe } from "./plan-from-recipe.js";
export { type Planned, type Pruned, type PruneOptions, plan, prune } from "./prune.js";
export { openPruner, type Pruner } from "./pruner.js";
export { readRecipe } from "./read-recipe.js";
export { type Recipe, type RecipeOptions, recipeOf } from "./recipe.js";
export type { Report } from "./report.js";
export { allocate } from "./sensitivity/allocation.js";
export { type SensitivityCurve, type SensitivityOptions, sensitivity } from "./sensitivity/curves.js";
export type { ChooseOptions, LearnScores, PruningStep, Trial } from "./steps.js";
export { groupOfUnit, unitNamed, unitText } from "./unit-names.js";
