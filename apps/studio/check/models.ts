import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { locationsOf } from "@prune/onnx/advanced";
import { openModel } from "@prune/onnx/node";
import { modelFiles } from "@prune/tfjs/node";
import { withWeights } from "../../../tooling/zoo/made-up-weights.js";
import { trainedModels } from "../../../tooling/zoo/trained.js";
import { hydrated, sharedFile, zooNames } from "../../../tooling/zoo/zoo.js";

/** A model on the disk with all the files that a person would pick or drop with it. */
export interface ModelFiles {
  readonly name: string;
  /** The file that is the model. */
  readonly path: string;
  readonly files: readonly string[];
}

/** The sample, and large networks of five kinds: residual, detection, two of attention, and one of TensorFlow.js. */
export const sixModels: readonly string[] = [
  fileURLToPath(new URL("../../cli/sample/glyphs.onnx", import.meta.url)),
  "tv-resnet50",
  "net-yolov8",
  "tv-vit_b_32",
  "tv-swin_t.trace",
  "tfjs-nanodet",
];

/** Whether refitting it in a tab takes seconds: layers of a thousand inputs and more take minutes. */
export const isQuickToRefit = (name: string): boolean => /glyphs|yolo|nanodet/.test(name);

/** Names of all models that there are here: the zoo's graphs, trained models, those of TensorFlow.js. */
export const allModels = (): string[] => [...zooNames(), ...trainedModels().keys(), ...tfjsModels().keys()];

/** A model by its name or path; undefined where ../shared is absent. */
export async function modelNamed(name: string): Promise<ModelFiles | undefined> {
  const trained = trainedModels().get(name);
  const path = existsSync(name)
    ? name
    : (tfjsModels().get(name) ?? (trained ? withWeights(trained) : await hydrated(name)));
  if (path === undefined) return undefined;
  return { name, path, files: path.endsWith(".json") ? modelFiles(path) : withData(path) };
}

function withData(path: string): string[] {
  try {
    const data = [...locationsOf(openModel(path))].map((location) => join(dirname(path), location));
    return [path, ...data.filter((file) => existsSync(file))];
  } catch {
    // What can't be read is opened as it is: the studio has to say why.
    return [path];
  }
}

function tfjsModels(): ReadonlyMap<string, string> {
  const folder = sharedFile("models");
  if (folder === undefined) return new Map();
  const graphs = readdirSync(join(folder, "tfjs-graph")).filter((file) => file.endsWith(".json"));
  const layers = ["doodlenet/model.json", "crepe/model.json", "cvae/models/model.json"];
  return new Map([
    ...graphs.map((file) => [`tfjs-${basename(file, ".json")}`, join(folder, "tfjs-graph", file)] as const),
    ...layers.map((file) => [`tfjs-${file.split("/")[0]}`, join(folder, "tfjs-layers", file)] as const),
  ]);
}
