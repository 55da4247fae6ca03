import type { Backend, Cut, Importance, Removal, Trace } from "@prune/graph";
import { type ChangedEnd, changedEnds, type Parameter } from "@prune/graph/advanced";
import type { RatioOptions } from "./plan-by-ratio.js";

/** What a pruning removed, in the original's coordinates: enough to repeat it, or to mask the original. */
export interface Recipe {
  readonly format: "prune-recipe/1";
  readonly source: { readonly sha256: string; readonly backend: string };
  readonly options: Readonly<Record<string, unknown>>;
  /** How the backend makes the cut, where that isn't its usual way. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** Elements removed from each stored tensor: those that any of its selectors names. */
  readonly parameters: readonly Removal[];
  /** Removals that `parameters` can't express: of uses of a shared tensor that are cut apart, of computed tensors. */
  readonly uses?: readonly UseRemoval[];
  /** Inputs and outputs of the model that got smaller, with their shapes before and after; left out where none did. */
  readonly ends?: readonly ChangedEnd[];
}

/** What one use of a tensor loses. */
export interface UseRemoval extends Removal {
  /** The node input that it is for, by the node's first output; all inputs when omitted. */
  readonly use?: { readonly output: string; readonly input: number };
}

/** What a recipe remembers of how a cut was made: backend, criterion and ratios. */
export interface RecipeOptions<Model> extends RatioOptions {
  readonly backend: Pick<Backend<Model>, "name" | "form" | "hash" | "removals">;
  readonly importance?: Pick<Importance, "name">;
}

/** The recipe of a cut. */
export async function recipeOf<Model>(
  model: Model,
  trace: Trace,
  cut: Cut,
  { backend, importance, ...rest }: RecipeOptions<Model>,
): Promise<Recipe> {
  const uses = trace.parameters
    .filter((parameter) => isApart(trace, parameter))
    .map((parameter) => removalOf(trace, parameter, cut))
    .filter(({ selectors }) => selectors.length > 0);
  const ends = changedEnds(trace, cut);
  return {
    format: "prune-recipe/1",
    source: { sha256: await backend.hash(model), backend: backend.name },
    options: plainOptions(rest, importance?.name),
    ...(backend.form && { form: backend.form }),
    parameters: backend.removals(model, trace, cut),
    ...(uses.length > 0 && { uses }),
    ...(ends.length > 0 && { ends }),
  };
}

/** Whether a use is cut on its own, so that the stored tensor's removals don't say what it loses. */
export const isApart = (trace: Trace, { tensor, use, derived }: Parameter): boolean =>
  use !== undefined || derived || trace.parameters.some((p) => p.tensor === tensor && p.use !== undefined);

export function removalOf(trace: Trace, parameter: Parameter, cut: Cut): UseRemoval {
  const { tensor, shape, use } = parameter;
  const output = use && (trace.source.nodes[use.node]?.outputs[0] ?? "");
  return {
    tensor,
    shape,
    ...(use && { use: { output: output as string, input: use.input } }),
    selectors: cut.removed(parameter),
  };
}

const kept = [
  "ratio",
  "heads",
  "queryHeads",
  "headDims",
  "layerRatios",
  "headRatios",
  "ignore",
  "maxRatio",
  "roundTo",
  "global",
  "isomorphic",
  "scopes",
  "target",
  "steps",
  "schedule",
  "ragged",
];

function plainOptions(options: object, criterion: string | undefined): Record<string, unknown> {
  const entries = Object.entries(options).filter(([key, value]) => kept.includes(key) && value !== undefined);
  return { ...(criterion !== undefined && { importance: criterion }), ...Object.fromEntries(entries) };
}
