import { ownEntry } from "@prune/graph/advanced";
import { TfjsError } from "../errors.js";
import type { TfjsWeight, WeightEntry, WeightGroup } from "../model.js";
import { halfTable } from "./half.js";
import { mapped } from "./mapped.js";

const widths: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
  complex64: 8,
};

const quantised: ReadonlySet<string> = new Set(["uint8", "uint16", "float16"]);

/** The tensors of a manifest as views of the weight bytes. */
export function readWeights(groups: readonly WeightGroup[], data: Uint8Array): Map<string, TfjsWeight> {
  const weights = new Map<string, TfjsWeight>();
  let at = 0;
  for (const { weights: entries } of groups)
    for (const entry of entries) {
      const { name, shape, dtype } = checked(entry);
      if (weights.has(name)) throw new TfjsError("duplicate-name", { node: name });
      const elementBytes = elementBytesOf(entry);
      const count = shape.reduce((a, b) => a * b, 1);
      const length = elementBytes === undefined ? stringBytes(data, at, count) : count * elementBytes;
      weights.set(name, { name, shape, dtype, entry, elementBytes, bytes: data.subarray(at, at + length) });
      at += length;
    }
  if (at !== data.length) throw new TfjsError("size-mismatch", { expected: at, found: data.length });
  return weights;
}

function checked(entry: WeightEntry): WeightEntry {
  if (typeof entry !== "object" || entry === null)
    throw new TfjsError("malformed", { where: "the weights manifest", why: "an entry is no object" });
  const { name, shape, dtype, quantization } = entry;
  const where = `the weights manifest's entry "${name}"`;
  if (typeof name !== "string" || typeof dtype !== "string")
    throw new TfjsError("malformed", { where, why: "a name or type is missing" });
  if (!Array.isArray(shape) || shape.some((n) => !Number.isInteger(n) || n < 0))
    throw new TfjsError("malformed", { where, why: `impossible shape ${JSON.stringify(shape)}` });
  if (dtype !== "string" && elementBytesOf(entry) === undefined)
    throw new TfjsError("malformed", { where, why: `unknown type ${entry.quantization?.dtype ?? dtype}` });
  if (
    quantization === null ||
    typeof (quantization ?? {}) !== "object" ||
    (quantization && !quantised.has(quantization.dtype))
  )
    throw new TfjsError("malformed", { where, why: "its quantization has no type that is known" });
  const { scale = 1, min = 0 } = quantization ?? {};
  if (!Number.isFinite(scale) || !Number.isFinite(min))
    throw new TfjsError("malformed", { where, why: "its quantization has no finite scale and min" });
  return entry;
}

export const elementBytesOf = ({ dtype, quantization }: WeightEntry): number | undefined =>
  ownEntry(widths, quantization?.dtype ?? dtype);

/** Strings are stored as 4 bytes of length and the bytes. */
function stringBytes(data: Uint8Array, from: number, count: number): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = from;
  for (let i = 0; i < count; i++) {
    if (at + 4 > data.length) throw new TfjsError("size-mismatch", { expected: at + 4, found: data.length });
    at += 4 + view.getUint32(at, true);
  }
  return at - from;
}

/** The values that tfjs computes with; undefined for strings and complex numbers. */
export function decode({ dtype, entry, bytes }: TfjsWeight): Float32Array | Int32Array | undefined {
  const { quantization } = entry;
  const values = quantization ? dequantised(quantization, bytes) : plain(dtype, bytes);
  if (!values || dtype !== "int32" || !quantization) return values;
  return mapped(values, new Int32Array(values.length), Math.round);
}

function plain(dtype: string, bytes: Uint8Array): Float32Array | Int32Array | undefined {
  if (dtype === "bool") return Int32Array.from(bytes);
  const { buffer } = bytes.slice();
  if (dtype === "float32") return new Float32Array(buffer as ArrayBuffer);
  if (dtype === "int32") return new Int32Array(buffer as ArrayBuffer);
  return undefined;
}

function dequantised(
  { dtype, scale = 1, min = 0 }: NonNullable<WeightEntry["quantization"]>,
  bytes: Uint8Array,
): Float32Array {
  const spread = (q: number): number => q * scale + min;
  if (dtype === "uint8") return mapped(bytes, new Float32Array(bytes.length), spread);
  const words = new Uint16Array(bytes.slice().buffer as ArrayBuffer);
  const values = new Float32Array(words.length);
  if (dtype === "uint16") return mapped(words, values, spread);
  const table = halfTable();
  return mapped(words, values, (bits) => table[bits] as number);
}
