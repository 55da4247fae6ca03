import { OnnxError } from "../errors.js";
import type { DataType, Tensor } from "../tensor.js";

/** TensorProto.DataType numbers of the types that computed tensors come in. */
export const elementNumbers: Readonly<Partial<Record<DataType, number>>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

export function elementNumber(tensor: Tensor | undefined, name: string): number {
  const number = tensor && elementNumbers[tensor.dtype];
  if (number === undefined)
    throw new OnnxError("inconsistent-cut", { tensor: name, what: "its values can't be computed" });
  return number;
}

/** Little-endian element bytes of a computed tensor. */
export function encodeTensor({ dtype, data }: Tensor): Uint8Array {
  if (dtype === "int64" || dtype === "uint64")
    return viewBytes(mapped(data, new BigInt64Array(data.length), toInt64));
  if (dtype === "float16") return viewBytes(mapped(data, new Uint16Array(data.length), halfBits));
  if (dtype === "bfloat16") return viewBytes(mapped(data, new Uint16Array(data.length), brainBits));
  return viewBytes(data);
}

/** A loop, as `TypedArray.from` with a mapping lists all values first and ends the process beyond 112 million. */
function mapped<Out extends { [index: number]: unknown }, Value extends Out[number]>(
  from: ArrayLike<number>,
  to: Out,
  map: (value: number) => Value,
): Out {
  for (let i = 0; i < from.length; i++) to[i] = map(from[i] as number);
  return to;
}

const brainBits = (x: number): number => floatBits(x) >>> 16;

const viewBytes = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** Sentinels such as 2^63 - 1 are held as doubles, which round up. */
export const toInt64 = (value: number): bigint =>
  value >= 2 ** 63 ? 2n ** 63n - 1n : value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function floatBits(x: number): number {
  scratch[0] = x;
  return scratchBits[0] as number;
}

/** Bits of a number that is a half already (the folder rounds its results). */
function halfBits(x: number): number {
  const bits = floatBits(x);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 255) - 112;
  if (Number.isNaN(x)) return sign | 0x7e00;
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent > 0) return sign | (exponent << 10) | ((bits & 0x7fffff) >>> 13);
  return sign | Math.round(Math.abs(x) * 2 ** 24);
}
