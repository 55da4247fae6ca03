import type { Plan, Trace } from "@prune/graph";
import { PrunerError, planFromRecipe, planFromTwin, type Recipe, type TwinPlan } from "@prune/pruner";
import { CliError } from "../errors.js";

/** The plan that a recipe tells for a model. */
export interface RecipePlan extends Pick<TwinPlan, "findings"> {
  readonly plan: Plan;
  /** null where the recipe's tensors are the model's own. */
  readonly pairs: TwinPlan["pairs"] | null;
}

export function recipePlan(trace: Trace, recipe: Recipe, path: string): RecipePlan {
  try {
    return { plan: planFromRecipe(trace, recipe), pairs: null, findings: [] };
  } catch (error) {
    if (!(error instanceof PrunerError && error.code === "other-model")) throw error;
  }
  const made = planFromTwin(trace, recipe);
  if (made.plan.units.length > 0) return made;
  const told = made.findings.slice(0, 3).map(({ tensor, why }) => `${tensor}: ${why}`);
  throw new CliError("recipe-mismatch", { path, why: `nothing of it corresponds (${told.join("; ")})` });
}
