import { toHalf } from "@prune/samples/advanced";
import type { Tensor } from "onnxruntime-common";

/** The runtime's name of an element type, such as `float32`. */
export type ElementType = Tensor.Type;

/** A dense array of any element type: what feeds are made of. Every tensor of onnxruntime is one. */
export interface Values {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Tensor.DataType;
}

/** Feeds or outputs by name. */
export type ValuesByName = Readonly<Record<string, Values>>;

/** ONNX element types (TensorProto.DataType) that the runtime takes, by number. */
const elementTypes: readonly (ElementType | undefined)[] = [
  undefined,
  "float32",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "int32",
  "int64",
  "string",
  "bool",
  "float16",
  "float64",
  "uint32",
  "uint64",
];

/** The runtime's name of a TensorProto.DataType number; undefined for a type that it has none for. */
export function elementTypeOf(onnxType: number): ElementType | undefined {
  return elementTypes[onnxType];
}

export const onnxTypeOf = (type: ElementType): number => elementTypes.indexOf(type);

const encoders: { readonly [T in ElementType]?: (numbers: readonly number[]) => Tensor.DataTypeMap[T] } = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => Float64Array.from(numbers),
  float16: (numbers) => Uint16Array.from(numbers, toHalf),
  int8: (numbers) => Int8Array.from(numbers),
  uint8: (numbers) => Uint8Array.from(numbers),
  int16: (numbers) => Int16Array.from(numbers),
  uint16: (numbers) => Uint16Array.from(numbers),
  int32: (numbers) => Int32Array.from(numbers),
  uint32: (numbers) => Uint32Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers, BigInt),
  uint64: (numbers) => BigUint64Array.from(numbers, BigInt),
  bool: (numbers) => Uint8Array.from(numbers),
};

/** Stores numbers as an element type; undefined for types that hold no plain numbers (strings, int4). */
export function encode(
  type: ElementType,
  dims: readonly number[],
  numbers: readonly number[],
): Values | undefined {
  const data = encoders[type]?.(numbers);
  return data && { type, dims, data };
}
