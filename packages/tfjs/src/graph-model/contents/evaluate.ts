import type { TfNode } from "../node.js";
import { recordOf } from "../operators/operators.js";
import type { Contents } from "./contents.js";

/** Whether what a node computes from known contents is covered. */
export const isEvaluated = (node: Pick<TfNode, "op">): boolean => recordOf(node)?.contents !== undefined;

/** What a node computes from known contents; undefined where that is not covered. */
export function evaluate(
  node: TfNode,
  inputs: readonly (Contents | undefined)[],
): readonly Contents[] | undefined {
  const result = recordOf(node)?.contents?.(node, inputs);
  if (!result) return undefined;
  return Array.isArray(result) ? result : [result as Contents];
}
