import type { Dim, Kit, Outcome, Rule } from "@prune/graph";
import { type Contents, count, numbers } from "../contents/contents.js";
import { evaluate } from "../contents/evaluate.js";
import { type TfNode, type TfRule, type as typeOf } from "../node.js";

/** Contents of more elements aren't followed: sizes and positions are few. */
const most = 1 << 14;

/** The rule, also computing what outputs hold where what the inputs hold is known, symbols included. */
export const computing =
  (rule: TfRule): Rule<TfNode> =>
  (node, kit) => {
    const known = evaluated(node, kit);
    const outcome = rule(node, kit);
    if (!known) return outcome;
    const outcomes: readonly (Outcome | undefined)[] = Array.isArray(outcome)
      ? outcome
      : [outcome as Outcome];
    return known.map(({ shape, data }, i): Outcome => {
      const given = outcomes[i];
      const layout = given && ("factors" in given ? given : given.layout);
      const agrees = layout && String(kit.shape(layout)) === String(shape);
      return {
        layout: agrees ? layout : kit.fixed(shape),
        data: data.length > most ? undefined : Array.from(data),
      };
    });
  };

function evaluated(node: TfNode, kit: Kit): readonly Contents[] | undefined {
  if (measures.has(node.op)) return undefined;
  const follows = (_: string, i: number): boolean => {
    const value = kit.raw(i);
    return value !== undefined && !value.constant && value.data !== undefined;
  };
  if (!node.inputs.some(follows)) return undefined;
  const inputs = node.inputs.map((_, i) => contents(kit, i, node));
  return inputs.every((input) => input) ? evaluate(node, inputs) : undefined;
}

/** Their rules say what they hold. */
const measures = new Set(["Shape", "Size", "Rank", "ShapeN"]);

function contents(kit: Kit, i: number, node: TfNode): Contents | undefined {
  const value = kit.raw(i);
  const shape = value?.layout && numbers({ dtype: "int32", shape: [], data: kit.shape(value) });
  if (!value || !shape || count(shape) > most) return undefined;
  const reals = value.data ? undefined : value.constant ? kit.reals(i) : undefined;
  const data: readonly Dim[] | undefined = value.data ?? reals;
  if (!data || data.length !== count(shape)) return undefined;
  const float = reals !== undefined || (typeOf(node, "T") === "float32" && node.op !== "Cast");
  return { dtype: float ? "float32" : "int32", shape, data };
}
