import type { Tensor } from "../tensor.js";
import { cast, dataType } from "./cast.js";
import { allocate, count, integerTensor, settled } from "./data.js";
import { attribute, type Call, float, input, int, ints, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that make tensors out of attributes, shapes and scalars. */
export const constant: Operators = {
  Constant: (call) => stored(call),
  ConstantOfShape: (call) => {
    const shape = Array.from(input(call, 0).data);
    const value = attribute(call.node, "value", "tensor")?.tensor();
    const dtype = value?.dtype ?? "float32";
    const data = allocate(dtype, count(shape));
    return { dtype, shape, data: data.fill(value?.data[0] ?? 0) };
  },
  EyeLike: (call) => {
    const { shape, dtype: own } = input(call, 0);
    const [rows, columns] = [shape[0] ?? 0, shape[1] ?? 0];
    const type = int(call.node, "dtype");
    const dtype = type === undefined ? own : dataType(type);
    const data = allocate(dtype, count(shape));
    const shift = int(call.node, "k") ?? 0;
    for (let row = Math.max(0, -shift); row < rows && row + shift < columns; row++) {
      data[row * columns + row + shift] = 1;
    }
    return { dtype, shape, data };
  },
  Range: (call) => {
    const [start, limit, delta] = [0, 1, 2].map((i) => input(call, i).data[0]!);
    const size = Math.max(0, Math.ceil((limit! - start!) / delta!));
    const { dtype } = input(call, 0);
    const data = allocate(dtype, size);
    for (let i = 0; i < size; i++) data[i] = start! + i * delta!;
    return settled(dtype, [size], data);
  },
  Shape: (call) => {
    const { shape } = input(call, 0);
    return integerTensor(shape.slice(int(call.node, "start") ?? 0, int(call.node, "end")));
  },
  Size: (call) => integerTensor([count(input(call, 0).shape)], []),
};

function stored({ node }: Call): Tensor {
  const value = attribute(node, "value", "tensor")?.tensor();
  if (value) return value.dtype === "other" ? refuse("a constant that is only copied") : value;
  const whole = int(node, "value_int");
  if (whole !== undefined) return integerTensor([whole], []);
  const wholes = ints(node, "value_ints");
  if (wholes) return integerTensor(wholes);
  const real = float(node, "value_float");
  if (real !== undefined) return cast(realTensor([real], []), "float32");
  const reals = attribute(node, "value_floats", "floats");
  return reals ? cast(realTensor(reals, [reals.length]), "float32") : refuse("a constant of strings");
}

function realTensor(values: readonly number[], shape: readonly number[]): Tensor {
  return { dtype: "float64", shape, data: Float64Array.from(values) };
}
