import { type Removal, removedElements } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { GraphEdit, Model, NewTensor, Weight } from "../model.js";
import { constantWeight } from "../read/constant-weight.js";
import { noEdit } from "../write/write-model.js";

/** An entry of a recipe; the tensor is an initializer, or the output of a Constant node. */
export type RemovedFromParameter = Omit<Removal, "computed">;

/**
 * The original model with all that a recipe removes set to zero, as anyone would do it by hand. Its outputs are those
 * of the cut model unless something maps zero to another number before it is summed (a sigmoid, say), or a norm's
 * statistics run over what was removed.
 */
export function zeroParameters(model: Model, removed: readonly RemovedFromParameter[]): GraphEdit {
  const stored = new Map(model.graph.initializers);
  for (const node of model.graph.nodes) {
    const weight = constantWeight(node);
    if (weight) stored.set(weight.name, weight);
  }
  const tensors = new Map<string, NewTensor>();
  for (const entry of removed) {
    const weight = stored.get(entry.tensor);
    if (!weight) throw new OnnxError("unknown-edit", { what: "tensor", name: entry.tensor });
    if (weight.shape.join() !== entry.shape.join())
      throw new OnnxError("bad-shape", { tensor: entry.tensor, shape: entry.shape });
    const before = tensors.get(entry.tensor) ?? weight;
    tensors.set(entry.tensor, { shape: weight.shape, bytes: () => zeroed(weight, before.bytes(), entry) });
  }
  return { ...noEdit, tensors };
}

function zeroed(weight: Weight, source: Uint8Array, { shape, selectors }: RemovedFromParameter): Uint8Array {
  const { elementBytes, elementType, name } = weight;
  if (elementBytes === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType });
  const bytes = source.slice();
  removedElements(shape, selectors)?.forEach((gone, i) => {
    if (gone) bytes.fill(0, i * elementBytes, (i + 1) * elementBytes);
  });
  return bytes;
}
