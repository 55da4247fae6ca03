import type { Kit } from "@prune/graph";
import type { Dim } from "@prune/graph/advanced";
import { mostFollowed, numbers } from "@prune/graph/rules";
import { type TfNode, type as typeOf } from "../node.js";
import { recordOf } from "../operators/operators.js";
import { type Contents, count } from "./contents.js";
import { evaluate } from "./evaluate.js";

/** What a node computes where what its inputs hold is known, symbols included. */
export function evaluated(node: TfNode, kit: Kit): readonly Contents[] | undefined {
  if (recordOf(node)?.measures) return undefined;
  const follows = (_: string, i: number): boolean => {
    const value = kit.raw(i);
    return value !== undefined && !value.constant && value.data !== undefined;
  };
  if (!node.inputs.some(follows)) return undefined;
  const inputs = node.inputs.map((_, i) => contents(kit, i, node));
  return inputs.every((input) => input) ? evaluate(node, inputs) : undefined;
}

function contents(kit: Kit, i: number, node: TfNode): Contents | undefined {
  const value = kit.raw(i);
  const shape = value?.layout && numbers(kit.shape(value));
  if (!value || !shape || count(shape) > mostFollowed) return undefined;
  const reals = value.data ? undefined : value.constant ? kit.reals(i) : undefined;
  const data: readonly Dim[] | undefined = value.data ?? reals;
  if (!data || data.length !== count(shape)) return undefined;
  const float = reals !== undefined || (typeOf(node, "T") === "float32" && node.op !== "Cast");
  return { dtype: float ? "float32" : "int32", shape, data };
}
