import { type Model, modelToBytes, noEdit } from "@prune/onnx";
import type { NewTensor, Weight } from "@prune/onnx/advanced";
import { toHalf } from "@prune/samples/advanced";

/** The values of a stored tensor in full precision. */
export const inFull = (weight: Weight): Float32Array => Float32Array.from(weight.tensor().data);

/** A copy of the model with other values in some stored tensors, each in the precision that it was stored in. */
export function withWeights(
  model: Model,
  weights: ReadonlyMap<string, Weight>,
  values: ReadonlyMap<string, Float32Array>,
): Uint8Array {
  const tensors = new Map<string, NewTensor>();
  for (const [name, data] of values) {
    const weight = weights.get(name) as Weight;
    tensors.set(name, { shape: weight.shape, bytes: () => encoded(data, weight.dtype) });
  }
  return modelToBytes(model, { ...noEdit, tensors });
}

function encoded(data: Float32Array, type: Weight["dtype"]): Uint8Array {
  if (type === "float16") return new Uint8Array(Uint16Array.from(data, toHalf).buffer);
  if (type === "float64") return new Uint8Array(Float64Array.from(data).buffer);
  if (type === "bfloat16") {
    const bits = new Uint32Array(Float32Array.from(data).buffer);
    // To the nearest, ties to even.
    const rounded = Uint16Array.from(bits, (b) => (b + 0x7fff + ((b >>> 16) & 1)) >>> 16);
    return new Uint8Array(rounded.buffer);
  }
  return new Uint8Array(Float32Array.from(data).buffer);
}
