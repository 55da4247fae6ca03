import type { Probe, Trace } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { Weight } from "../model.js";
import { decodeTensor } from "../read/decode-tensor.js";
import type { Tensor } from "../tensor.js";
import { sourceOf } from "./source-of.js";

/** Weights by tensor name, decoded when asked for and not kept; integers, unreadable types and fillings have none. */
export function probeOf(trace: Trace): Probe {
  const source = sourceOf(trace);
  const lend = lender();
  return {
    trace,
    weights(tensor, borrowed) {
      const weight = source.weight(tensor);
      if (weight && (weight.filled || !floating.has(weight.dtype))) return undefined;
      const value = weight ? (borrowed ? lend(weight) : weight.tensor()) : source.value(tensor);
      if (!value || !floating.has(value.dtype)) return undefined;
      if (!borrowed) checkFinite(tensor, value);
      const { shape, data } = value;
      return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
    },
  };
}

/** Decodes weights in memory that the next one takes over. */
function lender(): (weight: Weight) => Tensor {
  let memory = new Uint8Array(0);
  return (weight) => {
    const { range, elementBytes, dtype, shape, elementType, name } = weight;
    if (!range || elementBytes === undefined) return weight.tensor();
    const length = shape.reduce((a, b) => a * b, elementBytes);
    if (memory.length < length) memory = new Uint8Array(length);
    let bytes = range(0, length, memory);
    if (bytes.byteOffset % elementBytes !== 0) {
      memory.set(bytes);
      bytes = memory.subarray(0, length);
    }
    return decodeTensor(dtype, shape, bytes, elementType, name);
  };
}

const floating: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

function checkFinite(tensor: string, { data }: Tensor): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (value - value !== 0) throw new OnnxError("non-finite", { tensor, index, value });
  }
}
