import { constantWeight } from "../read/constant-weight.js";
import { dataType } from "./cast.js";
import { allocate, count, integerTensor, settled } from "./data.js";
import { attribute, input, int, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that make tensors out of attributes, shapes and scalars. */
export const constant: Operators = {
  Constant: ({ node }) => {
    const weight = constantWeight(node);
    return weight && weight.dtype !== "other" ? weight.tensor() : refuse("values that are only copied");
  },
  ConstantOfShape: (call) => {
    const shape = Array.from(input(call, 0).data);
    const value = attribute(call.node, "value", "tensor");
    const dtype = value?.dtype ?? "float32";
    const data = allocate(dtype, count(shape));
    return { dtype, shape, data: data.fill(value?.tensor().data[0] ?? 0) };
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
