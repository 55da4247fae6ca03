import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lively, type Weight } from "./lively.js";

/** The recipe that lies beside each graph of the zoo. */
export interface ZooRecipe {
  readonly exporter: string;
  readonly opset: number;
  readonly nodes: number;
  readonly params: number;
  readonly weights_bytes: number;
  readonly weights: readonly Weight[];
  readonly inputs: readonly {
    readonly name: string;
    readonly elem: number;
    readonly shape: readonly (number | string)[];
  }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
}

type Hydrate = (name: string, outDir: string, from: string) => string;

const shared = fileURLToPath(new URL("../../../shared/", import.meta.url));
const zoo = join(shared, "zoo");

/** Where hydrated graphs are kept: 5.1 GB for all of them, as much again for the lively ones. */
export const zooCache: string = process.env.PRUNE_ZOO_CACHE ?? join(tmpdir(), "prune-zoo");

/** A file under ../shared, or undefined where this checkout has none. */
export function sharedFile(path: string): string | undefined {
  const file = join(shared, path);
  return existsSync(file) ? file : undefined;
}

/** Names of all graphs, sorted; empty where ../shared is absent. */
export function zooNames(): string[] {
  if (!existsSync(zoo)) return [];
  const recipes = readdirSync(zoo).filter((file) => file.endsWith(".json"));
  return recipes.map((file) => file.slice(0, -".json".length)).sort();
}

export function zooRecipe(name: string): ZooRecipe | undefined {
  const file = sharedFile(`zoo/${name}.json`);
  return file ? (JSON.parse(readFileSync(file, "utf8")) as ZooRecipe) : undefined;
}

export interface HydrateOptions {
  /** Wide weights, so that every output depends on the input: see `lively`. @default false */
  readonly lively?: boolean;
}

/** The path of a graph with its weights, made on first use; undefined where ../shared is absent. */
export async function hydrated(name: string, options: HydrateOptions = {}): Promise<string | undefined> {
  const recipe = zooRecipe(name);
  if (!recipe) return undefined;
  const folder = options.lively ? join(zooCache, "lively") : zooCache;
  const model = join(folder, `${name}.onnx`);
  const weights = `${name}.bin`;
  const needsWeights = recipe.weights_bytes > 0;
  if (existsSync(model) && (!needsWeights || existsSync(join(folder, weights)))) return model;

  // Made aside and moved, so that no other process reads half a file.
  const { hydrate } = (await import(pathToFileURL(join(zoo, "hydrate.mjs")).href)) as { hydrate: Hydrate };
  const aside = join(folder, `.${process.pid}-${name}`);
  mkdirSync(aside, { recursive: true });
  try {
    hydrate(name, aside, options.lively ? livelyRecipe(name, recipe, join(aside, "recipe")) : zoo);
    if (needsWeights) renameSync(join(aside, weights), join(folder, weights));
    renameSync(join(aside, `${name}.onnx`), model);
  } finally {
    rmSync(aside, { recursive: true });
  }
  return model;
}

function livelyRecipe(name: string, recipe: ZooRecipe, folder: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, `${name}.json`),
    JSON.stringify({ ...recipe, weights: lively(name, recipe.weights) }),
  );
  copyFileSync(join(zoo, `${name}.onnx`), join(folder, `${name}.onnx`));
  return folder;
}
