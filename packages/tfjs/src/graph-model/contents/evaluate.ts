import type { TfNode } from "../node.js";
import { arithmetic } from "./arithmetic.js";
import type { Contents, Operator } from "./contents.js";
import { movement } from "./movement.js";

const operators: Readonly<Record<string, Operator>> = { ...arithmetic, ...movement };

export const isEvaluated = (op: string): boolean => Object.hasOwn(operators, op);

/** What a node computes from known contents; undefined where that is not covered. */
export function evaluate(
  node: TfNode,
  inputs: readonly (Contents | undefined)[],
): readonly Contents[] | undefined {
  const result = isEvaluated(node.op) ? operators[node.op]?.(node, inputs) : undefined;
  if (!result) return undefined;
  return Array.isArray(result) ? result : [result as Contents];
}
