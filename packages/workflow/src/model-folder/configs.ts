import type { DecoderSizes, Resized } from "./sizes.js";

type Json = { readonly [key: string]: unknown };

/** Keys that configurations of different networks have for a size. */
const keys = {
  hidden: ["hidden_size", "d_model", "n_embd", "dim"],
  heads: ["num_attention_heads", "decoder_attention_heads", "n_head", "n_heads", "num_heads"],
  groups: ["num_key_value_heads", "num_kv_heads"],
  headSize: ["head_dim", "head_size", "d_kv"],
  layers: ["num_hidden_layers", "n_layer", "n_layers", "num_layers"],
  decoderLayers: ["decoder_layers", "num_decoder_layers"],
  inner: ["intermediate_size", "decoder_ffn_dim", "ffn_dim", "n_inner", "d_ff", "moe_intermediate_size"],
} as const;

/** A configuration with the sizes that a network has now, and what it can't say. */
export interface NewConfig {
  readonly config: Json;
  /** By key: what changed. */
  readonly changes: Readonly<Record<string, Resized>>;
  /** Sizes that it keeps though they are others now, and that no runtime reads. */
  readonly unsaid: readonly string[];
  /** Why a runtime that reads it would be wrong about the network. */
  readonly fault: string | undefined;
}

/** A config.json of the Hub, or the decoder of a genai_config.json. */
export function newConfig(config: Json, sizes: DecoderSizes): NewConfig {
  const isGenai = typeof config.model === "object" && config.model !== null && "decoder" in config.model;
  if (isGenai) {
    const model = config.model as Json;
    const made = changed(model.decoder as Json, sizes);
    return { ...made, config: { ...config, model: { ...model, decoder: made.config } } };
  }
  if (typeof config.text_config === "object" && config.text_config !== null) {
    const made = changed(config.text_config as Json, sizes);
    return { ...made, config: { ...config, text_config: made.config } };
  }
  return changed(config, sizes);
}

function changed(config: Json, sizes: DecoderSizes): NewConfig {
  const next: Record<string, unknown> = { ...config };
  const changes: Record<string, Resized> = {};
  const unsaid: string[] = [];
  const set = (key: string, { before, after }: Resized): void => {
    if (config[key] !== before || before === after) return;
    next[key] = after;
    changes[key] = { before, after };
  };
  for (const part of ["hidden", "heads", "groups", "headSize"] as const)
    for (const key of keys[part]) if (sizes[part]) set(key, sizes[part]);
  for (const key of keys.inner) {
    const widths = feedForward(config[key] as number, sizes);
    if (widths.length === 1) set(key, { before: config[key] as number, after: widths[0] as number });
    else if (widths.length > 1) unsaid.push(`${key}: layers keep ${widths.sort((a, b) => a - b).join(", ")}`);
  }
  setLayers(config, sizes.layers, next, set);
  const derived = derivedSize(next);
  const { headSize } = sizes;
  const saysSize = keys.headSize.some((key) => typeof next[key] === "number");
  if (headSize && derived !== headSize.after && !saysSize && readsHeadSize(config)) {
    next.head_dim = headSize.after;
    changes.head_dim = { before: headSize.before, after: headSize.after };
  }
  return { config: next, changes, unsaid, fault: faultOf(next, sizes) };
}

/** How many layers are left, and what is listed for each. An encoder's are not the decoder's. */
function setLayers(
  config: Json,
  layers: DecoderSizes["layers"],
  next: Record<string, unknown>,
  set: (key: string, size: Resized) => void,
): void {
  if (!layers) return;
  const { before, left } = layers;
  const both = config.is_encoder_decoder === true ? [] : keys.layers;
  for (const key of [...both, ...keys.decoderLayers]) set(key, { before, after: left.length });
  const types = config.layer_types;
  if (Array.isArray(types) && types.length === before) next.layer_types = left.map((layer) => types[layer]);
}

/** What is left of a width of feed-forward parts, which may be that of all heads together. */
function feedForward(before: number, { inner, heads, headSize }: DecoderSizes): number[] {
  const widths = [...(inner.get(before) ?? [])];
  if (widths.length < 2 || !heads || !headSize || before !== heads.before * headSize.before) return widths;
  return widths.filter((width) => width !== heads.after * headSize.after);
}

/** Runtimes take heads to be so wide where a configuration doesn't say it. */
function derivedSize(config: Json): number | undefined {
  const [width] = keys.hidden.flatMap((key) => (typeof config[key] === "number" ? [config[key]] : []));
  const [heads] = keys.heads.flatMap((key) => (typeof config[key] === "number" ? [config[key]] : []));
  return width === undefined || heads === undefined ? undefined : width / heads;
}

/** Where heads of keys and values are counted by themselves, their size is read where it is stated. */
const readsHeadSize = (config: Json): boolean => keys.groups.some((key) => typeof config[key] === "number");

function faultOf(config: Json, { headSize, uneven }: DecoderSizes): string | undefined {
  if (uneven.length > 0)
    return `layers keep different ${uneven.join(" and ")}, and a configuration holds one number for all`;
  const stated = keys.headSize.map((key) => config[key]).find((size) => typeof size === "number");
  const read = stated ?? derivedSize(config);
  if (!headSize || read === undefined || read === headSize.after) return undefined;
  return `heads are ${headSize.after} wide, and a configuration of "${config.model_type}" says ${read}, as it can't tell the two apart`;
}
