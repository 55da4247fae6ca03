import type { GraphSource } from "@prune/graph";
import type { TfNode } from "@prune/tfjs/advanced";

/**
 * Operators whose outputs jump where an input changes by rounding alone: what is larger, which index, which integer. Two
 * models that are equal up to rounding may decide differently there.
 */
const deciding =
  /^(Equal|NotEqual|Less|LessEqual|Greater|GreaterEqual|NonMaxSuppressionV\d|TopKV2|ArgMax|ArgMin|Round|Floor|Ceil|Sign|FloorDiv|FloorMod|Mod|Where|Unique(V2)?|Bincount|DenseBincount)$/;

const decides = ({ op, def }: TfNode): boolean =>
  deciding.test(op) || (op === "Cast" && /^DT_(U?INT\d+|BOOL)$/.test(String(def.attr?.DstT?.type)));

/** Random numbers differ from run to run, or between two models. */
const draws = /^(Stateless|Parameterized)?(Random|Truncated|Multinomial)/;

/** Whether rounding or chance alone can change what a model answers. */
export const mayJump = ({ nodes }: GraphSource): boolean =>
  (nodes as readonly TfNode[]).some((node) => decides(node) || draws.test(node.op));

/** Control flow of the older style, inside which tensors have no name of their own for each round. */
const rounds = /^(Enter|NextIteration|Exit)$/;

/**
 * The tensors that decide, in steps: what decides in a step depends on what was decided in those before it alone. None
 * where tensors can't be taken out of the graph, because of its loops.
 */
export function decidedBy(source: GraphSource): readonly (readonly string[])[] {
  const nodes = source.nodes as readonly TfNode[];
  if (nodes.some(({ op }) => rounds.test(op))) return [];
  const depth = new Map<string, number>();
  const steps: Set<string>[] = [];
  for (const node of nodes) {
    const before = Math.max(0, ...node.inputs.map((name) => depth.get(name) ?? 0));
    const jumps = decides(node);
    if (jumps)
      for (const name of node.inputs) {
        if (source.isConstant(name)) continue;
        steps[before] ??= new Set();
        steps[before]?.add(name);
      }
    for (const name of node.outputs) depth.set(name, jumps ? before + 1 : before);
  }
  return Array.from(steps, (names) => [...(names ?? [])]);
}
