import type { Backend, Trace } from "@prune/graph";
import { planFromRecipe, type Recipe } from "@prune/pruner";
import type { Chosen, Choice as FamilyChoice } from "@prune/pruner/advanced";
import { unpackedRecipe } from "./linked-recipe.js";
import type { Choice, Linked } from "./protocol.js";

/** What a link says leaves of the open model, by the choice that the link holds. */
export interface LinkedCut {
  /** The link's choice. */
  readonly key: string;
  readonly recipe: Recipe;
  readonly plan: Chosen["plan"];
}

export const linkedNote =
  "This is the plan that the link holds, to the unit. Change an option, and it is planned anew.";

/**
 * The plan of a link on the model at hand.
 * @throws {LinkError} `damaged-link`
 * @throws {PrunerError} `bad-recipe`; `other-model` where the link's is of another sha256; `recipe-mismatch`
 */
export async function linkedCut<Model>(
  model: Model,
  backend: Pick<Backend<Model>, "hash">,
  trace: Trace,
  { choice, plan: packed }: Linked,
): Promise<LinkedCut> {
  const recipe = await unpackedRecipe(packed);
  const sha256 = await backend.hash(model);
  return {
    key: JSON.stringify(choice),
    recipe,
    plan: planFromRecipe(trace, recipe, { sha256, exact: true }),
  };
}

/** What a link says leaves, while the choice is the link's. */
export const linkedOf = (linked: LinkedCut | undefined, choice: Choice): LinkedCut | undefined =>
  linked?.key === JSON.stringify(choice) ? linked : undefined;

/** The link's plan by families, as the numbers and pictures take it. */
export function chosenAs(trace: Trace, choices: readonly FamilyChoice[], { plan }: LinkedCut): Chosen {
  const gone = new Set(trace.atoms(plan));
  const { start, atoms } = trace.units;
  const leaves = (unit: number): boolean => {
    for (let k = start[unit] as number; k < (start[unit + 1] as number); k++)
      if (!gone.has(atoms[k] as number)) return false;
    return true;
  };
  return {
    plan,
    cut: trace.cut(plan),
    choices: choices.map((one) => ({ ...one, removed: [...one.family.units].filter(leaves), why: [] })),
  };
}

/** Whether two recipes make the same model. */
export function sameRemovals(a: Recipe, b: Recipe): boolean {
  const text = ({ parameters, uses, form }: Recipe): string => JSON.stringify([parameters, uses, form]);
  return text(a) === text(b);
}
