import { layerRules } from "@prune/tfjs";
import { anyOf, type Edit, type Edits } from "../mutant.js";
import type { Random } from "../random.js";
import { manifestEdits } from "./graph.js";
import { type Json, type JsonDocument, jsonEdits } from "./json.js";
import { floats, integer, names, resized } from "./nasty.js";

type Fields = { [key: string]: Json };

const classes = Object.keys(layerRules);

function layersOf({ value }: JsonDocument): Fields[] {
  const topology = (value as { modelTopology?: Fields } | null)?.modelTopology;
  const model = (topology?.model_config ?? topology) as { config?: Json } | undefined;
  const config = model?.config;
  const list = Array.isArray(config) ? config : (config as Fields | undefined)?.layers;
  return Array.isArray(list)
    ? (list.filter((one) => typeof one === "object" && one !== null) as Fields[])
    : [];
}

const onLayer =
  (edit: (layer: Fields, all: Fields[], random: Random) => string): Edit<JsonDocument> =>
  (document, random) => {
    const all = layersOf(document);
    if (all.length === 0) return "no layer";
    const layer = random.pick(all);
    return `${layer.class_name} ${layer.name}: ${edit(layer, all, random)}`;
  };

const configOf = (layer: Fields): Fields => {
  if (typeof layer.config !== "object" || layer.config === null || Array.isArray(layer.config))
    layer.config = {};
  return layer.config;
};

const layers: Edits<JsonDocument> = {
  kind: onLayer((layer, _, random) => {
    layer.class_name = random.pick([...classes, ...names, "Model", "Sequential", "Lambda"]);
    return `is of class ${layer.class_name}`;
  }),
  named: onLayer((layer, all, random) => {
    layer.name = random.pick([...names, random.pick(all).name ?? null]);
    if (random.once(2)) configOf(layer).name = layer.name;
    return `is called ${layer.name}`;
  }),
  size: onLayer((layer, _, random) => {
    const config = configOf(layer);
    const key = random.pick([
      ...Object.keys(config),
      "units",
      "filters",
      "kernel_size",
      "strides",
      "batch_input_shape",
      "target_shape",
      "axis",
      "dims",
      "pool_size",
      "input_dim",
      "output_dim",
      "depth_multiplier",
    ]);
    const before = config[key];
    config[key] = Array.isArray(before)
      ? random.once(3)
        ? integer(random)
        : resized(before.map(Number), random)
      : random.pick<Json>([
          integer(random),
          [integer(random)],
          null,
          "x",
          random.pick(floats.filter(Number.isFinite)),
        ]);
    return `${key} = ${JSON.stringify(config[key])?.slice(0, 60)}`;
  }),
  choice: onLayer((layer, _, random) => {
    const config = configOf(layer);
    const key = random.pick([
      "activation",
      "padding",
      "data_format",
      "kernel_initializer",
      "recurrent_activation",
      "dtype",
      "trainable",
      "use_bias",
      "return_sequences",
      "stateful",
      "go_backwards",
      "kernel_regularizer",
    ]);
    config[key] = random.pick<Json>([
      "relu",
      "softmax",
      "gelu",
      "same",
      "causal",
      "channels_first",
      "float16",
      true,
      false,
      null,
      { class_name: "Nothing", config: {} },
      random.pick(names),
    ]);
    return `${key} = ${JSON.stringify(config[key])?.slice(0, 60)}`;
  }),
  rewired: onLayer((layer, all, random) => {
    const call = (): Json => [
      random.pick(all).name ?? null,
      random.pick([0, 0, 0, 1, -1, 5]),
      random.pick([0, 0, 0, 1]),
      {},
    ];
    layer.inbound_nodes = random.pick<Json>([
      [[call()]],
      [[call(), call()]],
      [[call()], [call()]],
      [],
      [[]],
      [call()],
    ]);
    return `reads ${JSON.stringify(layer.inbound_nodes).slice(0, 80)}`;
  }),
  twice: onLayer((layer, all) => {
    all.push(structuredClone(layer));
    return "a second time";
  }),
  missing(document, random) {
    const topology = (document.value as { modelTopology?: { model_config?: Fields; config?: Json } })
      .modelTopology;
    const config = (topology?.model_config ?? topology)?.config as Fields | undefined;
    const list = config?.layers;
    if (!Array.isArray(list)) return "no layers";
    return String((list.splice(random.below(list.length || 1), 1)[0] as Fields | undefined)?.name);
  },
  ends(document, random) {
    const topology = (document.value as { modelTopology?: { model_config?: Fields; config?: Json } })
      .modelTopology;
    const config = (topology?.model_config ?? topology)?.config as Fields | undefined;
    if (!config || Array.isArray(config)) return "no config";
    const key = random.pick(["input_layers", "output_layers"]);
    const any = (): Json => [random.pick(layersOf(document))?.name ?? null, 0, 0];
    config[key] = random.pick<Json>([[any()], [any(), any()], [], any(), null, [[1, 2, 3]]]);
    return `${key} ${JSON.stringify(config[key])}`;
  },
};

/** What may be wrong with a LayersModel whose model.json is still JSON. */
export const layersEdits: Edits<JsonDocument> = {
  layer: anyOf(layers),
  again: anyOf(layers),
  manifest: anyOf(manifestEdits),
  json: anyOf(jsonEdits),
};
