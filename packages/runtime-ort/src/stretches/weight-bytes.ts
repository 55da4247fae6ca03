import type { Model } from "@prune/onnx";

type Graph = Model["graph"];

/** Bytes of a stored tensor in single precision, which runtimes compute in whatever it is stored in. */
export const floatBytes = ({ initializers }: Graph, name: string): number =>
  4 * (initializers.get(name)?.shape.reduce((a, b) => a * b, 1) ?? 0);

/** Bytes of all stored tensors in single precision. */
export function weightBytes(graph: Graph): number {
  let sum = 0;
  for (const name of graph.initializers.keys()) sum += floatBytes(graph, name);
  return sum;
}
