import type { Model } from "@prune/onnx";
import { order } from "@prune/onnx/advanced";

/** One session can't hold more than 2 GiB; a stretch's weights stay well below. */
const mostBytes = 2 ** 30;

/** Tensors in the order in which a model makes them, in lists with not too many bytes of weights between their ends. */
export function stretches(
  { graph }: Model,
  tensors: readonly string[],
  most: number = mostBytes,
): string[][] {
  const madeAt = new Map<string, number>();
  const bytesUpTo: number[] = [];
  const counted = new Set<string>();
  let bytes = 0;
  for (const [position, index] of order(graph).entries()) {
    const node = graph.nodes[index];
    for (const name of node?.inputs ?? []) {
      const weight = graph.initializers.get(name);
      if (!weight || counted.has(name)) continue;
      counted.add(name);
      bytes += weight.shape.reduce((a, b) => a * b, weight.elementBytes ?? 1);
    }
    bytesUpTo.push(bytes);
    for (const name of node?.outputs ?? []) madeAt.set(name, position);
  }
  const placeOf = (tensor: string): number => madeAt.get(tensor) ?? -1;
  const sorted = [...new Set(tensors)].sort((a, b) => placeOf(a) - placeOf(b));
  const lists: string[][] = [];
  let start = 0;
  for (const tensor of sorted) {
    const end = bytesUpTo[placeOf(tensor)] ?? 0;
    if (lists.length === 0 || end - start > most) {
      lists.push([]);
      start = bytesUpTo[placeOf(tensor) - 1] ?? 0;
    }
    lists.at(-1)?.push(tensor);
  }
  return lists;
}
