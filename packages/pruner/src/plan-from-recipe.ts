import type { Plan, Removal, Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import { PrunerError } from "./errors.js";
import { isApart, type Recipe, removalOf, type UseRemoval } from "./recipe.js";

/** How strictly a recipe has to belong to the model at hand. */
export interface ReplayOptions {
  /** sha256 of the model at hand; with `exact`, another hash is refused, else the same names and shapes will do. */
  readonly sha256?: string;
  /** Refuse even a re-trained twin. @default false */
  readonly exact?: boolean;
}

/** The plan that a recipe describes, on the model that it was made from or on a twin with the same names and shapes. */
export function planFromRecipe(
  trace: Trace,
  recipe: Recipe,
  { sha256, exact = false }: ReplayOptions = {},
): Plan {
  if (exact && sha256 !== recipe.source.sha256)
    throw new PrunerError("other-model", { why: `its sha256 is ${sha256}, not ${recipe.source.sha256}` });
  checkShapes(trace, [...recipe.parameters, ...(recipe.uses ?? [])]);
  const wanted = trace.parameters.map((parameter) => entryOf(trace, parameter, recipe));
  const plan = { units: [], atoms: doomedAtoms(trace, wanted) };
  const cut = trace.cut(plan);
  const [finding] = cut.findings;
  if (finding) throw new PrunerError("recipe-mismatch", { tensor: finding.tensor ?? "?", why: finding.text });
  trace.parameters.forEach((parameter, i) => {
    const got = removalOf(trace, parameter, cut).selectors;
    if (!sameSelectors(got, wanted[i]?.selectors ?? []))
      throw new PrunerError("recipe-mismatch", {
        tensor: parameter.tensor,
        why: "other elements would leave than it says, as they depend on each other in another way here",
      });
  });
  return plan;
}

function checkShapes({ parameters, source }: Trace, removals: readonly Removal[]): void {
  for (const { tensor, shape, computed } of removals) {
    const known = parameters.find((parameter) => parameter.tensor === tensor);
    const found = known?.shape ?? source.parameter(tensor);
    if (computed && !found) continue;
    if (!found) throw new PrunerError("other-model", { why: `this one has no tensor "${tensor}"` });
    if (String(found) !== String(shape))
      throw new PrunerError("other-model", { why: `"${tensor}" is [${found}] here and [${shape}] there` });
  }
}

function entryOf(trace: Trace, parameter: Parameter, recipe: Recipe): Removal | undefined {
  const { tensor, use } = parameter;
  if (!isApart(trace, parameter)) return recipe.parameters.find((entry) => entry.tensor === tensor);
  const output = use && trace.source.nodes[use.node]?.outputs[0];
  return recipe.uses?.find(
    (entry: UseRemoval) =>
      entry.tensor === tensor && entry.use?.output === output && entry.use?.input === use?.input,
  );
}

/** Atoms of which no parameter keeps a position. */
function doomedAtoms(trace: Trace, wanted: readonly (Removal | undefined)[]): number[] {
  const lives = new Set<number>();
  trace.parameters.forEach(({ tensor, selectors }, i) => {
    const rest = new Set(wanted[i]?.selectors ?? []);
    for (const { view, dims, ids } of selectors) {
      const entry = [...rest].find((s) => String(s.view) === String(view) && String(s.dims) === String(dims));
      if (entry) rest.delete(entry);
      const gone = new Set(entry?.removed);
      for (let p = 0; p < ids.length; p++)
        if (!gone.has(p)) for (const atom of trace.atomsOf(ids[p] as number)) lives.add(atom);
    }
    if (rest.size > 0)
      throw new PrunerError("recipe-mismatch", {
        tensor,
        why: "this model is traced in another way, or an axis can't be cut here",
      });
  });
  return [...trace.units.atoms.filter((atom) => !lives.has(atom))].sort((a, b) => a - b);
}

/** Positions that selectors name twice, in a selector each, count once. */
function sameSelectors(a: Removal["selectors"], b: Removal["selectors"]): boolean {
  const text = (list: Removal["selectors"]): string =>
    list
      .map(({ view, dims, removed }) => `${view}/${dims}/${[...removed].sort((x, y) => x - y)}`)
      .sort()
      .join("\n");
  return text(a) === text(b);
}
