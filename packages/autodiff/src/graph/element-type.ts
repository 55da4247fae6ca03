import { type DataType, elementNumbers } from "@prune/onnx/advanced";

/** TensorProto.DataType of a type. */
export const elementType = (type: DataType): number => elementNumbers[type] ?? 1;

export const isFloat = (type: DataType | undefined): boolean => type !== undefined && /float/.test(type);
