import type { Node } from "@prune/onnx/advanced";
import type { GradientKit } from "../graph/kit.js";
import { type GradientNode, openNode } from "../rules/step.js";

/** A node that is to be written as plainer ones. */
export type Fused = Omit<GradientNode, "gradient" | "dy" | "wants" | "optional"> & {
  texts(name: string): readonly string[] | undefined;
};

/** Plainer nodes that compute the same, whose gradients are known; their outputs in the node's order. */
export type Decomposition = (fused: Fused, kit: GradientKit) => readonly string[];

export function openFused(node: Node, kit: GradientKit): Fused {
  const opened = openNode(node, kit);
  const texts = (name: string): readonly string[] | undefined => {
    const attribute = node.attributes.get(name);
    return attribute?.kind === "strings" ? attribute.value : undefined;
  };
  return Object.assign(opened, { texts });
}
