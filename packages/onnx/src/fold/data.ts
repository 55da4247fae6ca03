import type { DataType, Tensor, TensorData } from "../tensor.js";
import { roundBrain, roundHalf } from "./half.js";
import { refuse } from "./refuse.js";

/** Results of more elements are refused: folding is for analysis, not for running the model. */
export const largestOutput: number = 2 ** 26;

/** Multiply-adds one operator may take. */
export const largestWork: number = 2 ** 32;

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: Float64Array,
  uint64: Float64Array,
  bool: Uint8Array,
} as const;

/** Least and greatest value of each integer type; INT64_MAX is the double 2^63. */
const integerBounds: Partial<Record<DataType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  uint64: [0, 2 ** 64],
  bool: [0, 1],
};

export function bounds(dtype: DataType): readonly [number, number] {
  return integerBounds[dtype] ?? [-Infinity, Infinity];
}

export function isFloat(dtype: DataType): boolean {
  return dtype === "float32" || dtype === "float16" || dtype === "float64" || dtype === "bfloat16";
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Room for `size` elements, all zero. */
export function allocate(dtype: DataType, size: number): TensorData {
  if (dtype === "other") refuse("elements that are only copied");
  if (!(size <= largestOutput)) refuse(`${size} elements`);
  return new arrays[dtype](size);
}

/** A tensor of computed values, each rounded to what its type can hold; takes over `data`. */
export function settled(dtype: DataType, shape: readonly number[], data: TensorData): Tensor {
  const round = rounding[dtype];
  if (round) for (let i = 0; i < data.length; i++) data[i] = round(data[i]!);
  return { dtype, shape, data };
}

/** Types whose typed array holds more than the type does; the others round or wrap when stored. */
const rounding: Partial<Record<DataType, (x: number) => number>> = {
  float16: roundHalf,
  bfloat16: roundBrain,
  int64: (x) => Math.min(Math.max(whole(x), -(2 ** 63)), 2 ** 63),
  uint64: (x) => Math.min(x < 0 ? whole(x) + 2 ** 64 : whole(x), 2 ** 64),
};

function whole(x: number): number {
  return Number.isNaN(x) ? 0 : Math.trunc(x) + 0; // + 0 turns -0 into 0
}

/** A tensor of integers, by default int64 and of rank 1. */
export function integerTensor(values: ArrayLike<number>, shape: readonly number[] = [values.length]): Tensor {
  return { dtype: "int64", shape, data: Float64Array.from(values) };
}

/** The same elements under another shape. */
export function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  const fits = count(shape) === count(x.shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  if (!fits) refuse(`[${x.shape.join()}] as [${shape.join()}]`);
  return { dtype: x.dtype, shape, data: x.data };
}
