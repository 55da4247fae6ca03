import type { WeightEntry } from "../model.js";
import { halfBits } from "./half.js";
import { mapped } from "./mapped.js";

/** Numbers as a manifest's entry stores them. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly quantization?: NonNullable<WeightEntry["quantization"]>;
}

/** Numbers in the number format of an entry: a quantised one gets the scale and the least that they need. */
export function encode(values: Float32Array, { quantization }: Pick<WeightEntry, "quantization">): Encoded {
  if (!quantization) return { bytes: new Uint8Array(values.slice().buffer) };
  if (quantization.dtype === "float16")
    return {
      quantization,
      bytes: new Uint8Array(mapped(values, new Uint16Array(values.length), halfBits).buffer),
    };
  const top = quantization.dtype === "uint8" ? 255 : 65535;
  const [min, max] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ] as [number, number]);
  const scale = max > min ? (max - min) / top : 1;
  const steps = values.map((v) => Math.round((v - min) / scale));
  const bytes = top === 255 ? Uint8Array.from(steps) : new Uint8Array(Uint16Array.from(steps).buffer);
  return { quantization: { ...quantization, scale, min }, bytes };
}
