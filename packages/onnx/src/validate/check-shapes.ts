import type { Kit, Rule } from "@prune/graph";
import { seenBy } from "@prune/graph/rules";
import { OnnxError } from "../errors.js";
import type { OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import { nameOf } from "../order.js";

/** What makes every runtime refuse a node for the shapes that it gets, or undefined. */
export const shapeFault = (node: OnnxNode, kit: Kit): string | undefined =>
  recordOf(node)?.impossible?.(node, seenBy(kit));

/**
 * A rule that runs only where the shapes that meet in the node are ones that ONNX allows. With others no runtime runs the
 * model, which is an error; where runtimes take them all the same the node is frozen.
 */
export function checkedShapes(rule: Rule<OnnxNode>): Rule<OnnxNode> {
  return (node, kit) => {
    const wrong = shapeFault(node, kit);
    if (wrong !== undefined)
      throw new OnnxError("invalid-node", { node: nameOf(node), op: node.op, why: wrong });
    const odd = recordOf(node)?.unusual?.(node, seenBy(kit));
    return odd === undefined ? rule(node, kit) : kit.opaque(`${odd}, which ONNX doesn't define`);
  };
}
