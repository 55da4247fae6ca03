import type { Probe, Trace, WeightData } from "@prune/graph";
import type { StoredValues } from "@prune/graph/advanced";
import { OnnxError } from "../errors.js";
import type { Weight } from "../model.js";
import { decodeFloats } from "../read/decode-tensor.js";
import type { Tensor } from "../tensor.js";
import { sourceOf } from "./source-of.js";

/** Weights by tensor name, decoded when asked for and not kept; integers, unreadable types and fillings have none. */
export function probeOf(trace: Trace): Probe {
  const source = sourceOf(trace);
  const reader = stretchReader();
  return {
    trace,
    weights(tensor, { inStretches = false } = {}) {
      const weight = source.weight(tensor);
      if (weight && (weight.filled || !floating.has(weight.dtype))) return undefined;
      const whole = (): WeightData | undefined => {
        const value = weight ? weight.tensor() : source.value(tensor);
        if (!value || !floating.has(value.dtype)) return undefined;
        checkFinite(tensor, value);
        const { shape, data } = value;
        return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
      };
      const stretches = inStretches && weight ? reader(weight) : undefined;
      if (!weight || !stretches) return whole();
      return {
        shape: weight.shape,
        get data() {
          return whole()?.data ?? new Float32Array(0);
        },
        ...stretches,
      };
    },
  };
}

/** Decodes stretches of weights in memory that the next one takes over; undefined for values that lie in pieces. */
function stretchReader(): (
  weight: Weight,
) => { readonly read: NonNullable<WeightData["read"]>; readonly stored: StoredValues } | undefined {
  let memory = new Uint8Array(0);
  let values = new Float32Array(0);
  return ({ range, elementBytes = 0, dtype }) => {
    if (!range || (dtype !== "float32" && dtype !== "float16" && dtype !== "bfloat16")) return undefined;
    const stored: StoredValues = {
      type: dtype,
      read: (from, to, into) => range(from * elementBytes, to * elementBytes, into),
    };
    const read = (from: number, to: number): Float32Array => {
      const size = (to - from) * elementBytes;
      if (memory.length < size) memory = new Uint8Array(size);
      if (dtype !== "float32" && values.length < to - from) values = new Float32Array(to - from);
      let bytes = range(from * elementBytes, to * elementBytes, memory);
      if (bytes.byteOffset % elementBytes !== 0) {
        memory.set(bytes);
        bytes = memory.subarray(0, size);
      }
      return decodeFloats(dtype, bytes, values);
    };
    return { read, stored };
  };
}

const floating: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

function checkFinite(tensor: string, { data }: Tensor): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (value - value !== 0) throw new OnnxError("non-finite", { tensor, index, value });
  }
}
