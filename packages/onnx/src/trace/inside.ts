import type { EnclosedTensor } from "@prune/graph/advanced";
import type { Node } from "../model.js";
import { nameOf, subgraphs } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";

/** Weights inside the bodies of nodes: of Loop, Scan, and of what they hold in turn. */
export function storedInside(nodes: readonly Node[]): EnclosedTensor[] {
  const found: EnclosedTensor[] = [];
  const enter = (owner: Node, node: Node): void => {
    const keep = (tensor: string, { shape, dtype }: { shape: readonly number[]; dtype: string }): void => {
      if (shape.length > 0 && /float/.test(dtype))
        found.push({ tensor, shape, node: nameOf(owner), op: owner.op });
    };
    for (const { initializers, nodes: inner } of subgraphs(node)) {
      for (const [name, weight] of initializers) keep(name, weight);
      for (const one of inner) {
        const weight = constantWeight(one);
        if (weight) keep(weight.name, weight);
        enter(owner, one);
      }
    }
  };
  for (const node of nodes) enter(node, node);
  return found;
}
