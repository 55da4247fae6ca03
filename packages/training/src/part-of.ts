import type { Model } from "@prune/onnx";
import { implicitInputs, neededNodes, segmentModel } from "@prune/onnx/advanced";

/** The part of a model that some tensors need, with the inputs that this part reads. */
export function partOf(model: Model, outputs: readonly string[]): Uint8Array {
  const { nodes, inputs, initializers } = model.graph;
  const needed = neededNodes(model, new Set(inputs.map(({ name }) => name)), outputs);
  const read = new Set(
    nodes.flatMap((node) => (needed.has(node.index) ? [...node.inputs, ...implicitInputs(node)] : [])),
  );
  return segmentModel(model, {
    inputs: inputs.filter(({ name }) => read.has(name) && !initializers.has(name)),
    outputs,
  });
}
