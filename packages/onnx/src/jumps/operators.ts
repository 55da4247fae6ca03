import type { Node } from "../model.js";
import { operatorName, recordOf } from "../operators/operators.js";
import { subgraphs } from "../order.js";

/** Places of the inputs that a node decides on. */
export function decidesOn(node: Node): readonly number[] {
  const name = operatorName(node);
  const found = recordOf(node)?.decides;
  if (found === "all") return [...node.inputs.keys()];
  if (name === "com.microsoft:MatMulNBits" && intOf(node, "accuracy_level") !== 4) return [];
  if (found) return found;
  if (name.startsWith("ai.onnx.ml:") || name === "com.microsoft:DynamicQuantizeLSTM") return [0];
  if (isRandom(node)) return [0];
  if (name === "Cast" && !isFloating(intOf(node, "to"))) return [0];
  if (name === "MaxPool" && node.outputs[1]) return [0];
  if (name === "GridSample" && textOf(node, "mode") === "nearest") return [1];
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
export const tellsSize = ({ op }: Node): boolean => op === "Shape" || op === "Size";

const floating: ReadonlySet<number> = new Set([1, 10, 11, 16]);
export const isFloating = (elementType: number | undefined): boolean =>
  elementType !== undefined && floating.has(elementType);

function intOf(node: Node, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : undefined;
}

function textOf(node: Node, name: string): string | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "string" ? attribute.value : undefined;
}
