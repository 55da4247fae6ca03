import type { GraphSource } from "@prune/graph";
import { followGraph, shapeOf } from "@prune/graph/advanced";
import { loopPart } from "../inline/flat-graph.js";
import type { OnnxNode } from "../operators/node.js";

/**
 * A source's nodes, those of its loops with the sizes that change from turn to turn. All are taken to stay at first, and
 * the graph is followed again for as long as some body gives another size than it got: what is left is the same in the
 * first turn, and in each turn if it is in the one before.
 */
export function withVaryingSizes(source: GraphSource<OnnxNode>): readonly OnnxNode[] {
  const ends = source.nodes.filter((node) => loopPart(node)?.part === "ends");
  if (ends.length === 0) return source.nodes;
  const varying = new Map<string, Set<number> | "all">();
  for (;;) {
    const nodes = source.nodes.map((node) => (loopPart(node) ? { ...node, varying } : node));
    const { tensor } = followGraph({ ...source, nodes });
    const shape = (name: string): ReturnType<typeof shapeOf> | undefined => {
      const layout = tensor(name)?.layout;
      return layout && shapeOf(layout);
    };
    if (!differ(ends, shape, varying)) return nodes;
  }
}

/** Notes what differs between what bodies get and what they give; whether that is more than was known. */
function differ(
  ends: readonly OnnxNode[],
  shape: (name: string) => readonly unknown[] | undefined,
  varying: Map<string, Set<number> | "all">,
): boolean {
  const unknown: string[] = [];
  let more = false;
  for (const node of ends) {
    const { carried, counts, given } = loopPart(node) as NonNullable<ReturnType<typeof loopPart>>;
    for (let i = 0; i < carried; i++) {
      const got = node.inputs[counts + i] as string;
      const [before, after] = [shape(got), shape(node.inputs[given + i] as string)];
      const known = varying.get(got) ?? new Set<number>();
      if (!before || known === "all") continue;
      if (after?.length !== before.length) unknown.push(got);
      else
        before.forEach((size, d) => {
          if (known.has(d) || size === after[d]) return;
          varying.set(got, known.add(d));
          more = true;
        });
    }
  }
  // A size that was taken to stay may be why nothing is known of others.
  if (!more) for (const name of unknown) varying.set(name, "all");
  return more || unknown.length > 0;
}
