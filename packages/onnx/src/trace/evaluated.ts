import type { Kit } from "@prune/graph";
import { mostFollowed, numbers } from "@prune/graph/rules";
import { allocate, count, isFloat } from "../fold/data.js";
import { evaluate } from "../fold/evaluate.js";
import type { OnnxNode } from "../operators/node.js";
import type { Tensor } from "../tensor.js";

/** What a node computes from known contents, some of which come from sizes of the graph. */
export function evaluated(node: OnnxNode, kit: Kit): readonly Tensor[] | undefined {
  const follows = (_: string, i: number): boolean => {
    const value = kit.raw(i);
    return value !== undefined && !value.constant && numbers(value.data) !== undefined;
  };
  if (!node.inputs.some(follows)) return undefined;
  const tensors = node.inputs.map((name, i) => (name === "" ? undefined : tensor(node, kit, i)));
  if (node.inputs.some((name, i) => name !== "" && !tensors[i])) return undefined;
  return evaluate(node, tensors, node.opset);
}

function tensor(node: OnnxNode, kit: Kit, i: number): Tensor | undefined {
  const value = kit.raw(i);
  const dtype = node.typeOf(node.inputs[i] as string);
  if (!value?.layout || !dtype || dtype === "other") return undefined;
  const shape = numbers(kit.shape(value));
  if (!shape || count(shape) > mostFollowed) return undefined;
  const list = numbers(value.data) ?? (value.constant && isFloat(dtype) ? kit.reals(i) : undefined);
  if (!list || list.length !== count(shape)) return undefined;
  const data = allocate(dtype, list.length);
  data.set(list);
  return { dtype, shape, data };
}
