import { createDraft, type Draft, finish } from "../cut/draft.js";
import type { GraphEdit, Model, NewTensor } from "../model.js";
import { readModel } from "../read/read-model.js";
import { modelToBytes } from "../write/write-model.js";
import { type Linear, turn } from "./linear.js";

/** New weights of a linear node: outputs x (inputs of a group x kernel), and one bias per output. */
export interface Refit {
  readonly linear: Linear;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** The model with new weights, read again. */
export function refitModel(model: Model, refits: readonly Refit[]): Model {
  const bytes = modelToBytes(model, refitEdit(model, refits));
  return readModel(bytes, model.external && { external: model.external });
}

/** New weights as an edit: in place where one node reads them, else beside them; a bias is added where there is none. */
export function refitEdit(model: Model, refits: readonly Refit[]): GraphEdit {
  const draft = createDraft(model);
  for (const refit of refits) {
    placeWeights(draft, refit);
    placeBias(draft, refit);
  }
  return finish(draft, new Set(), () => true);
}

const float32 = 1;

function placeWeights(draft: Draft, { linear, weights }: Refit): void {
  const { node, place, inputs, outputs, window } = linear;
  const { weight, turned, alone } = place.matrix;
  const { byOutput } = place;
  if (window) {
    put(draft, linear, weight.shape, weights);
    return;
  }
  const shape = turned ? [...weight.shape].reverse() : weight.shape;
  if (alone) {
    const values = byOutput ? weights : turn(weights, outputs, inputs);
    draft.tensors.set(weight.name, tensor(weight.shape, values));
    return;
  }
  // As the node reads it, after the turns on the way.
  const values = byOutput !== turned ? weights : turn(weights, outputs, inputs);
  draft.setInput(node.index, place.operand, draft.constant(weight.name, float32, shape, bytesOf(values)));
}

function put(draft: Draft, { node, place }: Linear, shape: readonly number[], values: Float32Array): void {
  const { weight, alone } = place.matrix;
  if (alone) draft.tensors.set(weight.name, tensor(shape, values));
  else
    draft.setInput(node.index, place.operand, draft.constant(weight.name, float32, shape, bytesOf(values)));
}

function placeBias(draft: Draft, { linear, bias }: Refit): void {
  const { node, place, name } = linear;
  if (place.bias) {
    const { weight, alone, operand, node: adder } = place.bias;
    if (alone) draft.tensors.set(weight.name, tensor(weight.shape, bias));
    else
      draft.setInput(adder.index, operand, draft.constant(weight.name, float32, weight.shape, bytesOf(bias)));
    return;
  }
  if (bias.every((value) => value === 0)) return;
  const added = draft.constant(`${name}.bias`, float32, [bias.length], bytesOf(bias));
  if (node.op !== "MatMul") {
    draft.setInput(node.index, 2, added);
    return;
  }
  const [result] = node.outputs as [string];
  const product = draft.unused(`${result}_unbiased`);
  draft.edit(node.index, { outputs: [product] });
  draft.inserted.push({
    before: node.index + 1,
    node: {
      name: draft.unused(`${name}_bias`),
      op: "Add",
      domain: "",
      inputs: [product, added],
      outputs: [result],
      attributes: new Map(),
    },
  });
}

const tensor = (shape: readonly number[], values: Float32Array): NewTensor => ({
  shape,
  bytes: bytesOf(values),
});

const bytesOf = (values: Float32Array) => (): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
