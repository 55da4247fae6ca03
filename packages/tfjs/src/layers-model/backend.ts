import { blaming, sha256 } from "@prune/backend";
import { type Backend, type Cut, openTrace, type Trace } from "@prune/graph";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkShapes } from "../backend/check-shapes.js";
import { costOf, costsOf, type Macs } from "../backend/cost.js";
import { probeOf } from "../backend/probe.js";
import { removalsOf } from "../backend/removals.js";
import { concatBytes } from "../format/read-model.js";
import { sourceOf } from "../source.js";
import { cutLayers } from "./cut-layers.js";
import { type LiveModel, live } from "./live.js";
import { layerMacs } from "./macs.js";
import { type Masked, maskLayers } from "./mask-layers.js";
import type { LayerNode, LayerRules } from "./node.js";
import { layerRules } from "./rules/rules.js";
import { type LayersModelSource, layersModelSource } from "./source.js";

export interface LayersModelOptions {
  /** Rules by layer class; extend by spreading: `{ ...layerRules, MyLayer: rule }`. */
  readonly rules?: LayerRules;
}

export interface LayersModelBackend extends Backend<LayersModel> {
  readonly rules: LayerRules;
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. */
  mask(model: LayersModel, trace: Trace, cut: Cut): Masked;
}

/** Models of tf.layers, as they are in memory: loaded, or built and trained. */
export function layersModel({ rules = layerRules }: LayersModelOptions = {}): LayersModelBackend {
  const trace = (model: LiveModel): Trace => openTrace(layersModelSource(model, rules));
  const counted = (of: Trace): Macs => {
    const { nodes } = sourceOf<LayersModelSource>(of);
    return (i, sizes) => layerMacs(nodes[i] as LayerNode, sizes);
  };
  return {
    name: "tfjs-layers-model",
    rules,
    trace: (model) => trace(live(model)),
    probe: (_, from) => probeOf(from),
    cut: (model, from, cut) =>
      blaming(from, cut, () => {
        const after = cutLayers(live(model), sourceOf<LayersModelSource>(from), from.state, cut);
        checkShapes(from, trace(after), cut);
        return after as unknown as LayersModel;
      }),
    mask: (model, from, cut) => maskLayers(live(model), sourceOf<LayersModelSource>(from), from.state, cut),
    cost: (model, from, cut) => costOf(from, counted(from), storedSize(live(model), from), cut),
    costs: (_, from, cut) => costsOf(from, counted(from), cut),
    removals: (_, from, cut) => removalsOf(from, cut),
    hash: (model) => sha256(storedBytes(live(model), sourceOf<LayersModelSource>(trace(live(model))))),
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

function storedSize(model: LiveModel, trace: Trace): number {
  const { variables } = sourceOf<LayersModelSource>(trace).lowered;
  const elements = [...variables.values()].map(({ shape }) =>
    shape.reduce<number>((n, size) => n * (size ?? 1), 1),
  );
  return elements.reduce((n, count) => n + 4 * count, settings(model).length);
}
