import { serialization } from "@tensorflow/tfjs-core";

interface Entry {
  readonly class_name?: unknown;
  readonly config?: unknown;
}

/** Where settings hold layers: of models, wrappers and recurrent layers. */
const holders = ["layers", "layer", "cell", "cells", "forward_layer", "backward_layer"];

/**
 * Classes of layers in a topology that TensorFlow.js doesn't know: written in Python, or not registered by
 * `tf.serialization.registerClass`. In the order in which they come.
 */
export function unknownLayers(topology: unknown): { readonly layer: string; readonly of: string }[] {
  const known = serialization.SerializationMap.getMap().classNameMap;
  const found: { layer: string; of: string }[] = [];
  const visited = new Set<unknown>();
  const waiting: unknown[] = [topology];
  for (const value of waiting) {
    if (typeof value !== "object" || value === null || visited.has(value)) continue;
    visited.add(value);
    if (Array.isArray(value)) {
      waiting.push(...value);
      continue;
    }
    const { class_name: of, config } = value as Entry;
    if (typeof of === "string" && !isModelClass.test(of) && !Object.hasOwn(known, of))
      found.push({ layer: nameOf(value), of });
    const holds = (config ?? value) as Readonly<Record<string, unknown>>;
    const inside = Array.isArray(holds) ? holds : holders.map((key) => holds[key]);
    waiting.push(...inside);
    if ("model_config" in value) waiting.push(value.model_config);
  }
  return found;
}

const isModelClass = /^(Model|Functional|Sequential)$/;

function nameOf(entry: object): string {
  const { name, config } = entry as { name?: unknown; config?: { name?: unknown } };
  return String(name ?? config?.name ?? "");
}
