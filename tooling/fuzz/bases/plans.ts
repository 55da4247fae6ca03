import { magnitude } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { plan, type Recipe, recipeOf } from "@prune/pruner";
import { graphModel } from "@prune/tfjs";
import { modelToFiles } from "@prune/tfjs/advanced";
import { anyOf, type Base, type Edit, type Edits } from "../mutant.js";
import { encoded, type Json, type JsonDocument, jsonEdits } from "../mutate/json.js";
import { integer, resized } from "../mutate/nasty.js";
import { type Random, seeded } from "../random.js";
import { graphModels, onnxModels } from "./models.js";

type Fields = { [key: string]: Json };

const entriesOf = ({ value }: JsonDocument): Fields[] => {
  const list = (value as { parameters?: Json } | null)?.parameters;
  return Array.isArray(list)
    ? (list.filter((one) => typeof one === "object" && one !== null) as Fields[])
    : [];
};

const onSelector =
  (edit: (selector: Fields, entry: Fields, random: Random) => string): Edit<JsonDocument> =>
  (document, random) => {
    const entry = random.pick(entriesOf(document));
    const list = entry?.selectors;
    const selector = Array.isArray(list) ? (random.pick(list) as Fields | undefined) : undefined;
    if (!entry || typeof selector !== "object" || selector === null) return "no selector";
    return `${entry.tensor}: ${edit(selector, entry, random)}`;
  };

const numbers = (value: Json | undefined): number[] => (Array.isArray(value) ? value.map(Number) : []);

const recipeEdits: Edits<JsonDocument> = {
  // Other units than were chosen, which is what people who edit recipes do: none of them need be free.
  units: onSelector((selector, _, random) => {
    const removed = numbers(selector.removed);
    selector.removed = random.pick([
      removed.slice(1),
      [...removed, random.below(8)],
      [...new Set([...removed, random.below(8)])].sort((a, b) => a - b),
      removed.map((i) => i + 1),
      [],
      [...removed, ...removed],
      [0, 1, 2, 3, 4, 5, 6, 7],
      [integer(random)],
      [-1],
      [0.5],
    ]);
    return `removes [${selector.removed.slice(0, 10)}]`;
  }),
  view: onSelector((selector, _, random) => {
    selector.view = resized(numbers(selector.view), random);
    return `view [${selector.view.slice(0, 8)}]`;
  }),
  dims: onSelector((selector, _, random) => {
    selector.dims = resized(numbers(selector.dims), random);
    return `dims [${selector.dims.slice(0, 8)}]`;
  }),
  shape(document, random) {
    const entry = random.pick(entriesOf(document));
    if (!entry) return "no entry";
    entry.shape = resized(numbers(entry.shape), random);
    return `${entry.tensor}: shape [${entry.shape.slice(0, 8)}]`;
  },
  tensor(document, random) {
    const all = entriesOf(document);
    const entry = random.pick(all);
    if (!entry) return "no entry";
    entry.tensor = random.pick([
      random.pick(all).tensor ?? null,
      "constructor",
      "__proto__",
      "stored0",
      "stored1",
    ]);
    return `is about ${entry.tensor}`;
  },
  missing(document, random) {
    const list = (document.value as { parameters?: Json[] }).parameters;
    return String((list?.splice(random.below(list.length || 1), 1)[0] as Fields | undefined)?.tensor);
  },
  twice(document, random) {
    const list = (document.value as { parameters?: Json[] }).parameters;
    const entry = list && random.pick(list);
    if (entry !== undefined) list?.push(structuredClone(entry));
    return String((entry as Fields | undefined)?.tensor);
  },
  source(document, random) {
    (document.value as { source?: Json }).source = random.pick<Json>([
      { sha256: "0".repeat(64), backend: "onnx" },
      { sha256: "0".repeat(64), backend: "constructor" },
      { sha256: "", backend: "onnx" },
      null,
    ]);
    return "another model";
  },
};

const edit = anyOf<JsonDocument>({
  recipe: anyOf(recipeEdits),
  again: anyOf(recipeEdits),
  json: anyOf(jsonEdits),
});

interface Planned {
  readonly name: string;
  readonly recipe: Recipe;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly model: string;
  readonly out: string;
}

/** Recipes of models that are made in code, changed and then applied, each in three ways. */
export async function planBases(): Promise<Base[]> {
  const made: Planned[] = [];
  const ask = { ratio: 0.5, heads: 0.5, importance: magnitude() };
  for (const [name, bytes] of onnxModels()) {
    const [backend, model] = [onnx(), readModel(bytes)];
    const trace = backend.trace(model);
    if (trace.families.length === 0) continue;
    const { cut } = (await plan(model, { ...ask, backend })).chosen;
    const recipe = await recipeOf(model, trace, cut, { ...ask, backend });
    const files = new Map([["model.onnx", bytes]]);
    made.push({ name: `${name}, ONNX`, recipe, files, model: "@/model.onnx", out: "@/out.onnx" });
  }
  for (const [name, model] of graphModels()) {
    const backend = graphModel();
    const trace = backend.trace(model);
    if (trace.families.length === 0) continue;
    const { cut } = (await plan(model, { ...ask, backend })).chosen;
    const recipe = await recipeOf(model, trace, cut, { ...ask, backend });
    const { json, shards } = modelToFiles(model);
    const files = new Map([
      ["model.json", new TextEncoder().encode(JSON.stringify(json))],
      ...shards.map(({ path, bytes }) => [path, bytes] as const),
    ]);
    made.push({ name: `${name}, GraphModel`, recipe, files, model: "@/model.json", out: "@/out" });
  }
  return made.map(({ name, recipe, files, model, out }) => ({
    kind: "plan",
    name,
    mutate(seeds) {
      const document = { value: JSON.parse(JSON.stringify(recipe)) as Json };
      const edits = seeds.map((seed) => edit(document, seeded(seed)));
      return {
        files: new Map([...files, ["recipe.json", encoded(document.value)]]),
        args: ["apply", model, "--recipe", "@/recipe.json", "-o", out],
        edits,
      };
    },
  }));
}
