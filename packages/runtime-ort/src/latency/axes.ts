import type { Cut, GraphNode } from "@prune/graph";
import type { Dim } from "@prune/graph/advanced";

/** All axes of a node, by the names that a table gives them. */
export const elements = "elements";

const most = 3;

/** The axes of a node whose sizes differ among cuts, without those that always go together; their number where many do. */
export function axesOf(node: GraphNode, cuts: readonly Cut[]): string[] {
  const found = new Map<string, string>();
  const sides = [
    ["input", node.inputs],
    ["output", node.outputs],
  ] as const;
  for (const [side, tensors] of sides)
    tensors.forEach((tensor, at) => {
      if (tensor === "") return;
      const shapes = cuts.map((cut) => cut.shape(tensor));
      shapes[0]?.forEach((_, dim) => {
        const sizes = shapes.map((shape) => shape[dim]);
        if (new Set(sizes).size < 2 || typeof sizes[0] !== "number") return;
        const key = sizes.join();
        if (!found.has(key)) found.set(key, `${side} ${at}:${dim}`);
      });
    });
  return found.size > most ? [elements] : [...found.values()];
}

/** Sizes of a node's axes after a cut. */
export function sizesOf(node: GraphNode, axes: readonly string[], cut: Cut): number[] {
  return axes.map((axis) => {
    if (axis === elements)
      return [...node.inputs, ...node.outputs]
        .filter((name) => name !== "")
        .reduce((sum, name) => sum + cut.shape(name).reduce<number>((n, dim) => n * numberOf(dim), 1), 0);
    const [, side, at, dim] = /^(input|output) (\d+):(\d+)$/.exec(axis) ?? [];
    const tensor = (side === "input" ? node.inputs : node.outputs)[Number(at)];
    return tensor === undefined ? 1 : numberOf(cut.shape(tensor)[Number(dim)] ?? 1);
  });
}

/** Open sizes stay the same, so any number does. */
const numberOf = (dim: Dim): number => (typeof dim === "number" ? dim : 1);
