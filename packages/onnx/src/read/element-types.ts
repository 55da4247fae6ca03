import type { DataType } from "../tensor.js";

export interface ElementType {
  readonly dtype: DataType;
  /** Undefined for strings. */
  readonly bits: number | undefined;
  /** How many entries of a typed data field make one element (complex numbers: 2). */
  readonly entries: number;
}

const entry = (dtype: DataType, bits: number | undefined, entries = 1): ElementType => ({
  dtype,
  bits,
  entries,
});

/** TensorProto.DataType, by number. */
const elementTypes: readonly (ElementType | undefined)[] = [
  undefined,
  entry("float32", 32),
  entry("uint8", 8),
  entry("int8", 8),
  entry("uint16", 16),
  entry("int16", 16),
  entry("int32", 32),
  entry("int64", 64),
  entry("other", undefined), // string
  entry("bool", 8),
  entry("float16", 16),
  entry("float64", 64),
  entry("uint32", 32),
  entry("uint64", 64),
  entry("other", 64, 2), // complex64
  entry("other", 128, 2), // complex128
  entry("bfloat16", 16),
  entry("other", 8), // float8e4m3fn
  entry("other", 8), // float8e4m3fnuz
  entry("other", 8), // float8e5m2
  entry("other", 8), // float8e5m2fnuz
  entry("other", 4), // uint4
  entry("other", 4), // int4
  entry("other", 4), // float4e2m1
  entry("other", 8), // float8e8m0
  entry("other", 2), // uint2
  entry("other", 2), // int2
];

/** An element type by its number; one that is newer than this table has unknown size. */
export const elementTypeOf = (number: number): ElementType =>
  elementTypes[number] ?? { dtype: "other", bits: undefined, entries: 1 };

/** Bytes of a tensor of this type and shape, or undefined where that is not known. */
export function byteLength(elementType: number, shape: readonly number[]): number | undefined {
  const { bits } = elementTypeOf(elementType);
  if (bits === undefined) return undefined;
  return Math.ceil((shape.reduce((product, size) => product * size, 1) * bits) / 8);
}

const floating: ReadonlySet<number> = new Set([1, 10, 11, 16]);

/** Whether elements are floats of 16 bits or more. */
export const isFloating = (elementType: number | undefined): boolean =>
  elementType !== undefined && floating.has(elementType);
