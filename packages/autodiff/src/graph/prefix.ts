import type { Model } from "@prune/onnx";

/** A prefix that no tensor of the model has. */
export function freePrefix({ graph }: Model, wish: string): string {
  const names = [...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs)];
  let prefix = wish;
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}
