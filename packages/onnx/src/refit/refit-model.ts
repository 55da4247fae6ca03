import { createDraft, type Draft, finish } from "../cut/draft.js";
import { encodeTensor } from "../cut/encode.js";
import { roundHalf } from "../fold/half.js";
import type { GraphEdit, Model, Node } from "../model.js";
import { readModel } from "../read/read-model.js";
import type { DataType } from "../tensor.js";
import { modelToBytes } from "../write/write-model.js";
import { type Linear, swapped, turn } from "./linear.js";
import type { Norm, StoredVector } from "./norm.js";
import type { StoredMatrix } from "./stored-matrix.js";

/** New weights of a linear node: outputs x (inputs of a group x kernel), and one bias per output. */
export interface Refit {
  readonly linear: Linear;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** New running statistics of a normalisation, by channel. */
export interface NormRefit {
  readonly norm: Norm;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** The model with new weights, read again. */
export function refitModel(model: Model, refits: readonly (Refit | NormRefit)[]): Model {
  const bytes = modelToBytes(model, refitEdit(model, refits));
  return readModel(bytes, model.external && { external: model.external });
}

/** New weights as an edit: in place where one node reads them, else beside them; a bias is added where there is none. */
export function refitEdit(model: Model, refits: readonly (Refit | NormRefit)[]): GraphEdit {
  const draft = createDraft(model);
  for (const refit of refits) {
    if ("norm" in refit) placeStatistics(draft, refit);
    else {
      placeWeights(draft, refit);
      placeBias(draft, refit);
    }
  }
  return finish(draft, new Set(), () => true);
}

/** The inputs of BatchNormalization that hold its running mean and variance. */
const [meanInput, varianceInput] = [3, 4];

function placeStatistics(draft: Draft, { norm, mean, variance }: NormRefit): void {
  const place = (operand: number, { weight, alone }: StoredVector, values: Float32Array): void =>
    put(draft, norm.node, operand, { weight, alone }, { shape: weight.shape, values });
  place(meanInput, norm.mean, mean);
  place(varianceInput, norm.variance, variance);
}

function placeWeights(draft: Draft, { linear, weights }: Refit): void {
  const { node, place, inputs, outputs, window } = linear;
  const { weight, turned, alone } = place.matrix;
  const { byOutput } = place;
  if (window) {
    const { groups } = linear;
    put(draft, node, place.operand, place.matrix, {
      shape: weight.shape,
      values: byOutput ? weights : swapped(weights, groups, outputs / groups, inputs / groups),
    });
    return;
  }
  // As it is stored, or as the node reads it, after the turns on the way.
  const isTurned = !alone && turned;
  const shape = isTurned ? [...weight.shape].reverse() : weight.shape;
  const values = byOutput !== isTurned ? weights : turn(weights, outputs, inputs);
  put(draft, node, place.operand, place.matrix, { shape, values });
}

/** New contents where one node reads a stored tensor, else a tensor of its own; the same element type. */
function put(
  draft: Draft,
  node: Node,
  operand: number,
  { weight, alone }: Pick<StoredMatrix, "weight" | "alone">,
  { shape, values }: { readonly shape: readonly number[]; readonly values: Float32Array },
): void {
  const bytes = (): Uint8Array => encode(weight.dtype, values);
  if (alone) draft.tensors.set(weight.name, { shape, bytes });
  else draft.setInput(node.index, operand, draft.constant(weight.name, weight.elementType, shape, bytes));
}

function placeBias(draft: Draft, { linear, bias }: Refit): void {
  const { node, place, name } = linear;
  if (place.bias) {
    const { weight, operand, node: adder } = place.bias;
    put(draft, adder, operand, place.bias, { shape: weight.shape, values: bias });
    return;
  }
  if (bias.every((value) => value === 0)) return;
  const { dtype, elementType } = place.matrix.weight;
  const added = draft.constant(`${name}.bias`, elementType, [bias.length], () => encode(dtype, bias));
  if (node.op !== "MatMul") {
    draft.setInput(node.index, 2, added);
    if (node.attributes.has("beta"))
      draft.edit(node.index, { attributes: new Map([["beta", { float: 1 }]]) });
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

function encode(dtype: DataType, values: Float32Array): Uint8Array {
  const data = dtype === "float16" ? values.map(roundHalf) : values;
  return encodeTensor({ dtype, shape: [values.length], data });
}
