import * as tf from "@tensorflow/tfjs-core";
import { TfjsError } from "../errors.js";
import { recordOf } from "./layers/layers.js";
import { isModel, type LiveLayer, type LiveModel, type LiveVariable } from "./live.js";

/** New settings by layer; dots lead into those of what it wraps: `layer.units`, `cell.cells.0.units`. */
export type Edits = ReadonlyMap<LiveLayer, Readonly<Record<string, unknown>>>;

/** New contents of a weight; undefined to copy it. */
export type NewContents = (
  variable: LiveVariable,
) => { readonly shape: readonly number[]; readonly data: Float32Array } | undefined;

/** A model of the same layers with some settings changed and weights of its own. The original stays as it is. */
export function rebuild(model: LiveModel, edits: Edits, contents: NewContents): LiveModel {
  const config = JSON.parse(JSON.stringify(model.getConfig())) as LayersConfig;
  edit(model, config, edits);
  const made = (model.constructor as unknown as ModelClass).fromConfig(model.constructor, config, {}, true);
  copyWeights(model, made, contents);
  const metadata = model.getUserDefinedMetadata?.();
  if (metadata) made.setUserDefinedMetadata?.(metadata);
  return made;
}

interface ModelClass {
  /** The last argument leaves out initial values, which are slow to draw and not kept. */
  fromConfig(cls: unknown, config: unknown, customObjects: object, fastWeightInit: boolean): LiveModel;
}

interface LayersConfig {
  readonly layers: { readonly config: Record<string, unknown> }[];
}

function edit(model: LiveModel, config: LayersConfig, edits: Edits): void {
  config.layers.forEach((entry, i) => {
    const layer = layersIn(model, config)[i] as LiveLayer;
    if (isModel(layer)) edit(layer, entry.config as unknown as LayersConfig, edits);
    complete(layer, entry.config);
    apply(entry.config, edits.get(layer));
    if (layer.layer)
      apply((entry.config.layer as { config: Record<string, unknown> }).config, edits.get(layer.layer));
  });
}

/** Settings that a class leaves out of what it writes. */
function complete(layer: LiveLayer, config: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(recordOf(layer.getClassName())?.settings?.(layer) ?? {}))
    config[name] ??= value;
}

/** Layers in the order of a config, which leaves none out. */
function layersIn(model: LiveModel, { layers }: LayersConfig): readonly LiveLayer[] {
  if (layers.length !== model.layers.length)
    throw new TfjsError("inconsistent-cut", {
      tensor: model.name,
      what: "its config does not list its layers",
    });
  return model.layers;
}

function apply(config: Record<string, unknown>, changes: Readonly<Record<string, unknown>> = {}): void {
  for (const [name, value] of Object.entries(changes)) {
    const path = name.split(".");
    const last = path.pop() as string;
    const inner = path.reduce((at, key) => {
      const found = at[key] as Record<string, unknown>;
      return (found.config as Record<string, unknown> | undefined) ?? found;
    }, config);
    inner[last] = value;
  }
}

function copyWeights(from: LiveLayer, to: LiveLayer, contents: NewContents): void {
  if (isModel(from) && isModel(to)) {
    from.layers.forEach((layer, i) => {
      copyWeights(layer, to.layers[i] as LiveLayer, contents);
    });
    return;
  }
  from.weights.forEach((variable, k) => {
    const target = to.weights[k];
    const fresh = contents(variable);
    const shape = fresh?.shape ?? (variable.shape as number[]);
    if (!target || String(target.shape) !== String(shape))
      throw new TfjsError("inconsistent-cut", {
        tensor: variable.originalName,
        what: `the new layer has [${target?.shape}] in place of [${shape}]`,
      });
    const value = variable.read();
    const data = fresh?.data ?? value.dataSync();
    const tensor = tf.tensor(data, [...shape], value.dtype as "float32");
    target.read().assign(tensor);
    tensor.dispose();
  });
}
