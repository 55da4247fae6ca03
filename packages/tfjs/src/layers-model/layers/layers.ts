import { type Duty, ownEntry } from "@prune/graph/advanced";
import { type LayerNode, type LayerRules, weightName } from "../node.js";
import { contraction } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import { norm } from "./norm.js";
import type { LayerRecord, LayerTable } from "./record.js";
import { recurrentLayers } from "./recurrent.js";
import { shapes } from "./shape.js";

export const families: readonly LayerTable[] = [elementwise, contraction, norm, recurrentLayers, shapes];

/** Every class of layers that this package knows, and the two halves that a TimeDistributed is opened to. */
export const layers: ReadonlyMap<string, LayerRecord> = new Map(families.flatMap(Object.entries));

/** What is known of a class of layers. */
export const recordOf = (kind: string): LayerRecord | undefined => layers.get(kind);

/** Every rule for layer classes of this package. Extend by spreading: `{ ...layerRules, MyLayer: rule }`. */
export const layerRules: LayerRules = Object.fromEntries([...layers].map(([kind, { rule }]) => [kind, rule]));

/** What weights do by the names that layers of all classes give them. */
const usual: ReadonlyMap<string, Duty> = new Map([
  ["bias", "bias"],
  ["beta", "bias"],
  ["moving_mean", "statistic"],
  ["moving_variance", "statistic"],
]);

/** What a weight does in its layer. */
export function dutyOf(node: LayerNode, input: number): Duty | undefined {
  const name = weightName(node, input);
  if (name === undefined) return undefined;
  return ownEntry(recordOf(node.op)?.duties ?? {}, name) ?? usual.get(name);
}
