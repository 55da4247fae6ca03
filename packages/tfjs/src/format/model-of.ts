import { io } from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { TfjsError } from "../errors.js";
import type { LayersModel } from "../layers-model/loaded.js";
import { unknownLayers } from "../layers-model/unknown-layers.js";
import type { ModelJson } from "../model.js";
import type { TfjsModel } from "../tfjs.js";
import { checkLayers } from "../validate/layers-topology.js";
import { formatOf, readGraphModel } from "./read-model.js";
import { readWeights } from "./weights.js";

/**
 * The model of a model.json and the contents of its weights files, one after the other: a GraphModel as read, or a
 * tf.LayersModel loaded by @tensorflow/tfjs-layers into the backend in use.
 */
export const modelOf = async (json: ModelJson, data: Uint8Array): Promise<TfjsModel> =>
  formatOf(json) === "graph-model" ? readGraphModel(json, data) : loadLayers(json, data);

async function loadLayers(json: ModelJson, data: Uint8Array): Promise<LayersModel> {
  const layers = await import("@tensorflow/tfjs-layers");
  checkLayers(json.modelTopology, countElements(json.weightsManifest, data));
  const [unknown] = unknownLayers(json.modelTopology);
  if (unknown) throw new TfjsError("unknown-layer", unknown);
  passOnFastInit(layers);
  const { modelTopology, weightsManifest, ...rest } = json;
  const artifacts = {
    ...rest,
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: ownBuffer(data),
  } as unknown as io.ModelArtifacts;
  const model = await layers.loadLayersModel(io.fromMemory(artifacts)).catch((error: unknown) => {
    throw new TfjsError("unloadable", { why: firstLine(error) });
  });
  checkInitializers(model);
  return model;
}

/** A buffer of these bytes alone; tfjs copies each tensor out of it, so that bytes which fill theirs aren't copied. */
const ownBuffer = (data: Uint8Array): ArrayBufferLike =>
  (data.length === data.buffer.byteLength ? data : data.slice()).buffer;

/**
 * TensorFlow.js makes whatever has the name that a file gives: an activation for an initializer loads, and fails in the
 * first copy of the model, which has no stored weights yet.
 */
function checkInitializers(model: LayersModel): void {
  for (const layer of model.layers)
    for (const [key, value] of Object.entries(layer)) {
      if (!/Initializer$/.test(key) || typeof value !== "object" || value === null) continue;
      if (typeof value.fromConfigUsesCustomObjects !== "function")
        throw new TfjsError("malformed", {
          where: `the layer "${layer.name}"`,
          why: `its ${key} is ${String(value.getClassName?.() ?? "an object").slice(0, 40)}, which is no initializer`,
        });
    }
}

/** Elements of all stored tensors; the manifest is checked on the way. */
function countElements(groups: ModelJson["weightsManifest"], data: Uint8Array): number {
  let elements = 0;
  for (const { shape } of readWeights(groups, data).values()) elements += shape.reduce((a, b) => a * b, 1);
  return elements;
}

/** TensorFlow.js says what is wrong in the first line, and shapes and settings in full behind it. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return (text.split("\n")[0] as string).slice(0, 300).replace(/\.$/, "");
}

interface Cell {
  setFastWeightInitDuringBuild?(value: boolean): void;
}

/**
 * StackedRNNCells of tfjs 4.22 doesn't pass on to its cells that initial values need not be drawn, because stored ones
 * follow: drawing them is slow, and default (orthogonal) ones use chained operators that may not be there.
 */
function passOnFastInit({ layers }: Pick<typeof Layers, "layers">): void {
  const stacked = layers.stackedRNNCells({ cells: [layers.simpleRNNCell({ units: 1 })] });
  const prototype = Object.getPrototypeOf(stacked) as Cell & { readonly cells: readonly Cell[] };
  if (Object.hasOwn(prototype, "setFastWeightInitDuringBuild")) return;
  const own = prototype.setFastWeightInitDuringBuild;
  prototype.setFastWeightInitDuringBuild = function (this: typeof prototype, value: boolean): void {
    own?.call(this, value);
    for (const cell of this.cells) cell.setFastWeightInitDuringBuild?.(value);
  };
}
