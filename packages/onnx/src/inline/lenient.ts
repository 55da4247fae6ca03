import type { GraphNode, Rule } from "@prune/graph";

/**
 * A rule whose failure means that nothing is known of the outputs. Reading a model only looks for what is certain, also
 * by following branches that no run takes, whose tensors may not fit each other.
 */
export const lenient =
  <N extends GraphNode>(rule: Rule<N>): Rule<N> =>
  (node, kit) => {
    try {
      return rule(node, kit);
    } catch {
      return node.outputs.map(() => undefined);
    }
  };
