import type { Trace } from "@prune/graph";
import { offeredUnits } from "./prunable.js";

/** Parameters that stay for one reason, and what would free them. */
export interface Held {
  readonly why: string;
  /** The first node that the reason is about. */
  readonly node: string | undefined;
  /** Elements of parameters, and which share of all they are. Those held for several reasons count in equal parts. */
  readonly parameters: number;
  readonly share: number;
  /** The option or the change of the model that would free them; undefined where it lies in what the model is. */
  readonly remedy: string | undefined;
}

/** What holds the parameters that stay, the most first. */
export function heldBy(trace: Trace): Held[] {
  const found = new Map<string, { node: string | undefined; parameters: number }>();
  const reasons = new Map<string, { share: number; reason: string; node: string | undefined }[]>();
  for (const { tensor, share, reason, node } of trace.frozen()) {
    if (reason === "kernel axis") continue;
    reasons.set(tensor, [...(reasons.get(tensor) ?? []), { share, reason, node }]);
  }
  let total = 0;
  for (const [tensor, { all, left }] of elementsThatStay(trace)) {
    total += all;
    const list = reasons.get(tensor) ?? [];
    const sum = list.reduce((n, { share }) => n + share, 0);
    for (const { share, reason, node } of list) {
      const known = found.get(reason) ?? { node, parameters: 0 };
      known.parameters += (left * share) / sum;
      found.set(reason, known);
    }
  }
  return [...found]
    .map(([why, { node, parameters }]) => ({
      why,
      node: node || undefined,
      parameters: Math.round(parameters),
      share: total === 0 ? 0 : parameters / total,
      remedy: remedyFor(why),
    }))
    .sort((a, b) => b.parameters - a.parameters || (a.why < b.why ? -1 : 1));
}

/** By tensor: all elements, and those left when everything leaves that may. */
function elementsThatStay(trace: Trace): Map<string, { readonly all: number; readonly left: number }> {
  const cut = trace.cut({ units: offeredUnits(trace), atoms: [] });
  const found = new Map<string, { all: number; left: number }>();
  const add = (tensor: string, all: number, left: number): void => {
    found.set(tensor, { all, left: Math.max(found.get(tensor)?.left ?? 0, left) });
  };
  for (const parameter of trace.parameters)
    add(parameter.tensor, count(parameter.shape), count(cut.shapeLeft(parameter)));
  const { source } = trace;
  for (const { tensor, shape } of source.inside ?? []) add(tensor, count(shape), count(shape));
  for (const { tensor } of trace.unnamed) {
    const shape = found.has(tensor) || source.isIndex(tensor) ? undefined : source.parameter(tensor);
    if (shape) add(tensor, count(shape), count(shape));
  }
  return found;
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** What frees positions that stay for a reason, by how it begins or ends. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [/^no rule for operator/, "give the operator a rule (`rules`), or export the model without it"],
  [/the shape of ".*" is not known/, "export the model with the shapes of its inputs"],
  [/known only at run time/, "export the model with fixed sizes"],
  [
    /^lies inside the body|inside the (body|loop|branches)|a (loop|scan) runs|a loop, which|branch is chosen/,
    "export the model with the loop unrolled, or the branch taken",
  ],
  [/keeps its shape/, "let inputs and outputs shrink (`io`)"],
  [/^graph output/, "leave the output out of the model if nothing reads it"],
  [/only when asked by name/, "ask for it by name (`layerRatios`)"],
];

const remedyFor = (why: string): string | undefined => remedies.find(([pattern]) => pattern.test(why))?.[1];

/** What holds most, in words: `what holds most (83.0 % of the parameters): no rule for operator "X" (node "a"); ...`. */
export function heldText({ why, node, share, remedy }: Held): string {
  const place = node === undefined || why.includes(`"${node}"`) ? "" : ` (node "${node}")`;
  const end = remedy === undefined ? "" : `; to free it, ${remedy}`;
  return `what holds most (${(100 * share).toFixed(1)} % of the parameters): ${why}${place}${end}`;
}
