import type { Node } from "../model.js";
import { operatorName } from "../operators/operators.js";

/** com.microsoft: a sum and the norm behind it, with an input that holds a bias of the sum. */
interface SkipNorm {
  readonly bias: number;
  /** The same norm without the sum. */
  readonly op: "LayerNormalization" | "SimplifiedLayerNormalization";
  /** Its inputs beside x, among the fused node's. */
  readonly parameters: readonly number[];
}

export const skipNorms: ReadonlyMap<string, SkipNorm> = new Map([
  ["com.microsoft:SkipLayerNormalization", { bias: 4, op: "LayerNormalization", parameters: [2, 3] }],
  [
    "com.microsoft:SkipSimplifiedLayerNormalization",
    { bias: 3, op: "SimplifiedLayerNormalization", parameters: [2] },
  ],
]);

/** The two inputs that a node adds. */
export function summed(node: Pick<Node, "op" | "domain" | "inputs">): readonly [number, number] | undefined {
  const name = operatorName(node);
  if (name === "Add" || (name === "Sum" && node.inputs.length === 2) || skipNorms.has(name)) return [0, 1];
  return undefined;
}
