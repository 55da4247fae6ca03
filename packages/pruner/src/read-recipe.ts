import { PrunerError } from "./errors.js";
import type { Recipe } from "./recipe.js";

/** A recipe from its JSON text or parsed value, checked. */
export function readRecipe(from: unknown): Recipe {
  const value = typeof from === "string" ? parse(from) : from;
  const recipe = object(value, "the recipe");
  if (recipe.format !== "prune-recipe/1") throw bad("format", '"prune-recipe/1"');
  const source = object(recipe.source, "source");
  if (typeof source.sha256 !== "string" || !/^[0-9a-f]{64}$/.test(source.sha256))
    throw bad("source.sha256", "64 hex digits");
  if (typeof source.backend !== "string") throw bad("source.backend", "a string");
  object(recipe.options, "options");
  if (recipe.form !== undefined) object(recipe.form, "form");
  removals(recipe.parameters, "parameters");
  if (recipe.uses !== undefined) removals(recipe.uses, "uses");
  if (recipe.ends !== undefined)
    list(recipe.ends, "ends").forEach((end, i) => {
      if (typeof object(end, `ends[${i}]`).tensor !== "string") throw bad(`ends[${i}].tensor`, "a string");
    });
  return recipe as unknown as Recipe;
}

const bad = (where: string, want: string): PrunerError => new PrunerError("bad-recipe", { where, want });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad("the text", `JSON (${(error as Error).message})`);
  }
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw bad(where, "an object");
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw bad(where, "a list");
  return value;
}

function removals(value: unknown, where: string): void {
  const seen = new Set<string>();
  list(value, where).forEach((entry, i) => {
    const at = `${where}[${i}]`;
    const { tensor, shape, selectors, use } = object(entry, at);
    if (typeof tensor !== "string") throw bad(`${at}.tensor`, "a string");
    const elements = total(sizes(shape, `${at}.shape`));
    if (use !== undefined) {
      const { output, input } = object(use, `${at}.use`);
      if (typeof output !== "string" || !isIndex(input))
        throw bad(`${at}.use`, "an output's name and an input's number");
    }
    const key = JSON.stringify([tensor, use]);
    if (seen.has(key)) throw bad(at, "a tensor that no other entry names");
    seen.add(key);
    list(selectors, `${at}.selectors`).forEach((selector, k) => {
      checkSelector(selector, `${at}.selectors[${k}]`, elements);
    });
  });
}

function checkSelector(value: unknown, at: string, elements: number): void {
  const selector = object(value, at);
  const view = sizes(selector.view, `${at}.view`);
  const dims = sizes(selector.dims, `${at}.dims`);
  const removed = sizes(selector.removed, `${at}.removed`);
  if (total(view) !== elements) throw bad(`${at}.view`, `sizes of ${elements} elements`);
  if (dims.some((d) => d >= view.length) || new Set(dims).size !== dims.length)
    throw bad(`${at}.dims`, `different dims below ${view.length}`);
  const positions = total(dims.map((d) => view[d] as number));
  if (removed.some((i) => i >= positions)) throw bad(`${at}.removed`, `positions below ${positions}`);
}

const total = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function sizes(value: unknown, where: string): number[] {
  const found = list(value, where);
  if (!found.every(isIndex)) throw bad(where, "a list of whole numbers");
  return found;
}
