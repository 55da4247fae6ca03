import type { Backend, Cut, Trace } from "@prune/graph";
import { checkTaken, type SizeOptions } from "@prune/graph/advanced";
import { backendOf } from "../backend/backend.js";
import { concatBytes } from "../format/read-model.js";
import { sourceOf } from "../source.js";
import { cutLayers } from "./cut-layers.js";
import { layerRules, recordOf } from "./layers/layers.js";
import { type LiveModel, live } from "./live.js";
import type { LayersModel } from "./loaded.js";
import { type Masked, maskLayers } from "./mask/mask-layers.js";
import type { LayerNode, LayerRules } from "./node.js";
import { type LayersModelSource, layersModelSource } from "./source.js";

/** How LayersModels are traced and counted. */
export interface LayersModelOptions extends SizeOptions {
  /** Rules by layer class; extend by spreading: `{ ...layerRules, MyLayer: rule }`. */
  readonly rules?: LayerRules;
}

/** The backend of LayersModels: a `Backend` whose cuts build the topology again with narrower layers. */
export interface LayersModelBackend extends Backend<LayersModel> {
  readonly rules: LayerRules;
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. */
  mask(model: LayersModel, trace: Trace, cut: Cut): Masked;
}

/** Models of tf.layers, as they are in memory: loaded, or built and trained. */
export function layersModel(options: LayersModelOptions = {}): LayersModelBackend {
  const { rules = layerRules, ...at } = options;
  checkTaken("layersModel", options, { rules: [], sizes: [], sampleSizes: [] });
  const backend = backendOf<LayersModel, LayerNode, LayersModelSource>(
    {
      name: "tfjs-layers-model",
      source: (model) => layersModelSource(live(model), rules),
      macs: (node, sizes) => recordOf(node.op)?.macs?.(sizes, node) ?? 0,
      cut: (model, source, trace, cut) =>
        cutLayers(live(model), source, trace, cut) as unknown as LayersModel,
      size: (model, source) => storedSize(live(model), source),
      content: (model, source) => storedBytes(live(model), source),
    },
    at,
  );
  return {
    ...backend,
    rules,
    mask: (model, from, cut) => maskLayers(live(model), sourceOf<LayersModelSource>(from), from, cut),
  };
}

const settings = (model: LiveModel): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(model.getConfig()));

/** Settings and weights, in the order of the calls. */
function storedBytes(model: LiveModel, { lowered }: LayersModelSource): Uint8Array {
  const weights = [...lowered.variables.values()].map((variable) =>
    Float32Array.from(variable.read().dataSync()),
  );
  return concatBytes([settings(model), ...weights.map(({ buffer }) => new Uint8Array(buffer))]);
}

function storedSize(model: LiveModel, { lowered }: LayersModelSource): number {
  const elements = [...lowered.variables.values()].map(({ shape }) =>
    shape.reduce<number>((n, size) => n * (size ?? 1), 1),
  );
  return elements.reduce((n, count) => n + 4 * count, settings(model).length);
}
