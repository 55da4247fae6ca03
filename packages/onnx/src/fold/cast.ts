import { elementTypeOf } from "../read/element-types.js";
import type { DataType, Tensor } from "../tensor.js";
import { allocate, isFloat, settled } from "./data.js";
import { map } from "./elementwise.js";
import { input, int, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

export const casts: Operators = {
  Cast: (call) => cast(input(call, 0), dataType(int(call.node, "to"))),
  CastLike: (call) => cast(input(call, 0), input(call, 1).dtype),
};

export function dataType(elementType: number | undefined): DataType {
  const { dtype } = elementTypeOf(elementType ?? 0);
  return dtype === "other" ? refuse(`element type ${elementType}`) : dtype;
}

/** Values in another type: floats truncate to integers, integers wrap, anything but zero is true. */
export function cast(x: Tensor, dtype: DataType): Tensor {
  if (dtype === x.dtype) return x;
  if (dtype === "bool") return map(x, (value) => (value === 0 ? 0 : 1), dtype);
  const narrow = !isFloat(dtype) && dtype !== "uint64";
  if (x.dtype === "int64" && narrow) return map(x, unsaturated, dtype);
  const data = allocate(dtype, x.data.length);
  data.set(x.data);
  return settled(dtype, x.shape, data);
}

/** INT64_MAX is held as 2^63; its lower bits are all ones. */
function unsaturated(value: number): number {
  return value === 2 ** 63 ? -1 : value;
}
