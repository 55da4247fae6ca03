import { type Kit, type Rule, shapeOf } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { OnnxNode } from "../operators/node.js";
import { nameOf } from "../order.js";
import { impossibleAxes } from "./shapes/axes.js";
import { impossibleWindows, unusualWindows } from "./shapes/convolution.js";
import { impossibleOperands } from "./shapes/operands.js";
import type { Seen, ShapeTest } from "./shapes/seen.js";

const impossible = tests(impossibleAxes, impossibleWindows, impossibleOperands);
const unusual = tests(unusualWindows);

function tests(...tables: readonly Readonly<Record<string, ShapeTest>>[]): ReadonlyMap<string, ShapeTest> {
  return new Map(tables.flatMap((table) => Object.entries(table)));
}

/** What makes every runtime refuse a node for the shapes that it gets, or undefined. */
export const shapeFault = (node: OnnxNode, kit: Kit): string | undefined =>
  node.domain === "" ? impossible.get(node.op)?.(node, seenBy(kit)) : undefined;

/**
 * A rule that runs only where the shapes that meet in the node are ones that ONNX allows. With others no runtime runs the
 * model, which is an error; where runtimes take them all the same the node is frozen.
 */
export function checkedShapes(rule: Rule<OnnxNode>): Rule<OnnxNode> {
  return (node, kit) => {
    const wrong = shapeFault(node, kit);
    if (wrong !== undefined)
      throw new OnnxError("invalid-node", { node: nameOf(node), op: node.op, why: wrong });
    const odd = node.domain === "" ? unusual.get(node.op)?.(node, seenBy(kit)) : undefined;
    return odd === undefined ? rule(node, kit) : kit.opaque(`${odd}, which ONNX doesn't define`);
  };
}

function seenBy(kit: Kit): Seen {
  return {
    shape(input) {
      const layout = kit.raw(input)?.layout;
      return layout && shapeOf(layout);
    },
    numbers(input) {
      const data = kit.raw(input)?.data;
      return data?.every((n) => typeof n === "number") ? (data as readonly number[]) : undefined;
    },
  };
}
