import { seenBy } from "@prune/graph/rules";
import { TfjsError } from "../../errors.js";
import type { TfRule } from "../../graph-model/node.js";
import { recordOf } from "../../graph-model/operators/operators.js";

/**
 * A rule that runs only where the shapes that meet in the node are ones that its operator takes: with others TensorFlow.js
 * doesn't run the model, which is an error.
 */
export function checkedShapes(op: string, rule: TfRule): TfRule {
  const test = recordOf({ op })?.impossible;
  if (!test) return rule;
  return (node, kit) => {
    const why = test(node, seenBy(kit));
    if (why !== undefined)
      throw new TfjsError("malformed", { where: `node "${node.name}"`, why: `${node.op}: ${why}` });
    return rule(node, kit);
  };
}
