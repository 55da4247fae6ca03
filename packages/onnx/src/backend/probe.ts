import type { Probe, Trace } from "@prune/graph";
import { OnnxError } from "../errors.js";
import type { Tensor } from "../tensor.js";
import { sourceOf } from "./source-of.js";

/** Weights by tensor name, decoded when asked for and not kept; integers, unreadable types and fillings have none. */
export function probeOf(trace: Trace): Probe {
  const source = sourceOf(trace);
  return {
    trace,
    weights(tensor, unchecked) {
      const weight = source.weight(tensor);
      if (weight && (weight.filled || !floating.has(weight.dtype))) return undefined;
      const value = weight ? weight.tensor() : source.value(tensor);
      if (!value || !floating.has(value.dtype)) return undefined;
      if (!unchecked) checkFinite(tensor, value);
      const { shape, data } = value;
      return { shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
    },
  };
}

const floating: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

function checkFinite(tensor: string, { data }: Tensor): void {
  for (let index = 0; index < data.length; index++) {
    const value = data[index] as number;
    if (value - value !== 0) throw new OnnxError("non-finite", { tensor, index, value });
  }
}
