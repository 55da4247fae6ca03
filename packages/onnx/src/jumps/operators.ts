import type { Node } from "../model.js";
import { operatorName, recordOf } from "../operators/operators.js";
import { subgraphs } from "../order.js";

/** Places of the inputs that a node decides on. */
export function decidesOn(node: Node): readonly number[] {
  const found = recordOf(node)?.decides;
  if (found === "all") return [...node.inputs.keys()];
  if (found) return typeof found === "function" ? found(node) : found;
  const name = operatorName(node);
  // Of these there are no records.
  if (name.startsWith("ai.onnx.ml:") || name === "com.microsoft:DynamicQuantizeLSTM") return [0];
  if (isRandom(node)) return [0];
  return subgraphs(node).some(({ nodes }) => nodes.some((inner) => decidesOn(inner).length > 0))
    ? [...node.inputs.keys()]
    : [];
}

/** Whether rounding may differ between two ways of computing a node on the same inputs, as sums in another order do. */
export function rounds(node: Node): boolean {
  const inside = subgraphs(node);
  if (inside.length > 0) return inside.some(({ nodes }) => nodes.some(rounds));
  return !recordOf(node)?.isExact && !isRandom(node);
}

/** Whether a node draws new numbers in each run, itself or by a Dropout whose input says whether to. */
export const isRandom = (node: Node): boolean => recordOf(node)?.isRandom?.(node) ?? false;

/** Nodes whose outputs depend only on sizes. */
export const tellsSize = (node: Node): boolean => recordOf(node)?.tellsSize ?? false;
