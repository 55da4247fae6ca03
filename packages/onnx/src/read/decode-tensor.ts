import { OnnxError } from "../errors.js";
import type { DataType, Tensor, TensorData } from "../tensor.js";

type ArrayOf = new (buffer: ArrayBufferLike, offset: number, length: number) => TensorData;

const arrays: { readonly [Type in DataType]?: ArrayOf } = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

const elementBytes = {
  float32: 4,
  float64: 8,
  int8: 1,
  uint8: 1,
  bool: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
} as const;

/** Values from little-endian element bytes: a view where alignment and type allow, else a copy. */
export function decodeTensor(
  dtype: DataType,
  shape: readonly number[],
  bytes: Uint8Array,
  elementType: number,
  name: string,
): Tensor {
  const data = decode(dtype, bytes);
  if (data === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType });
  return { dtype, shape, data };
}

function decode(dtype: DataType, bytes: Uint8Array): TensorData | undefined {
  if (dtype === "float16" || dtype === "bfloat16") return decodeFloats(dtype, bytes);
  if (dtype === "int64" || dtype === "uint64") return wideIntegers(bytes, dtype === "int64");
  const array = arrays[dtype];
  if (array === undefined || dtype === "other") return undefined;
  const size = elementBytes[dtype];
  const { buffer, byteOffset } = aligned(bytes, size);
  return new array(buffer, byteOffset, bytes.length / size);
}

/** The same bytes at an offset that a typed array of this element size accepts. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);

function words(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, bytes.length / 2);
}

/**
 * Values of float32, float16 or bfloat16 elements, in `into` where they have to be converted or moved and it is big
 * enough. A plain loop: `Float32Array.from` with a mapping makes a list of all values first, which is nine times slower
 * and ends the process beyond 112 million.
 */
export function decodeFloats(dtype: StoredFloat, bytes: Uint8Array, into?: Float32Array): Float32Array {
  if (dtype === "float32") {
    const { buffer, byteOffset } = aligned(bytes, 4);
    return new Float32Array(buffer, byteOffset, bytes.length / 4);
  }
  const halves = words(bytes);
  const { length } = halves;
  const values = into && into.length >= length ? into.subarray(0, length) : new Float32Array(length);
  if (dtype === "float16") {
    const known = halfTable();
    for (let i = 0; i < length; i++) values[i] = known[halves[i]!]!;
  } else {
    const bits = new Uint32Array(values.buffer, values.byteOffset, length);
    for (let i = 0; i < length; i++) bits[i] = halves[i]! << 16;
  }
  return values;
}

/** Types whose values a float32 holds exactly. */
export type StoredFloat = "float32" | "float16" | "bfloat16";

function wideIntegers(bytes: Uint8Array, signed: boolean): Float64Array {
  const { buffer, byteOffset } = aligned(bytes, 4);
  const halves = new Uint32Array(buffer, byteOffset, bytes.length / 4);
  const values = new Float64Array(halves.length / 2);
  for (let i = 0; i < values.length; i++) {
    const high = halves[2 * i + 1]!;
    values[i] = (signed ? high | 0 : high) * 4294967296 + halves[2 * i]!;
  }
  return values;
}

let table: Float32Array | undefined;

/** All 65,536 float16 values: 40 times faster than computing each. */
function halfTable(): Float32Array {
  if (table !== undefined) return table;
  table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const sign = bits & 0x8000 ? -1 : 1;
    if (exponent === 31) table[bits] = fraction === 0 ? sign * Infinity : NaN;
    else
      table[bits] = sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
  }
  return table;
}
