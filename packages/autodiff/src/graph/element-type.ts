import type { DataType } from "@prune/onnx";

const numbers: Partial<Record<DataType, number>> = {
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

/** TensorProto.DataType of a type. */
export const elementType = (type: DataType): number => numbers[type] ?? 1;

export const isFloat = (type: DataType | undefined): boolean => type !== undefined && /float/.test(type);
