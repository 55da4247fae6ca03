import type { Node } from "../model.js";
import { isStandard, recordOf } from "../operators/operators.js";
import type { Tensor } from "../tensor.js";
import { constant } from "./constant.js";
import { count } from "./data.js";
import { Refusal } from "./refuse.js";

/** Evaluates one node on known inputs; undefined when the operator (or this form of it) is not covered. */
export function evaluate(
  node: Node,
  inputs: readonly (Tensor | undefined)[],
  opset: number,
): readonly Tensor[] | undefined {
  const fold = isStandard(node) && node.op === "Constant" ? constant.Constant : recordOf(node)?.fold;
  if (!fold) return undefined;
  const known = node.inputs.every((name, i) => name === "" || readable(inputs[i]));
  if (!known) return undefined;
  try {
    const result = fold({ node, inputs, opset });
    return "dtype" in result ? [result] : result;
  } catch (error) {
    if (error instanceof Refusal || error instanceof RangeError) return undefined; // a size no array can have
    throw error;
  }
}

/** Offsets into an input are 32-bit. */
function readable(tensor: Tensor | undefined): boolean {
  return tensor !== undefined && tensor.dtype !== "other" && count(tensor.shape) < 2 ** 31;
}
