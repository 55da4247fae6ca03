import { expect, test } from "vitest";
import type { Attribute, Node } from "../model.js";
import type { DataType, Tensor, TensorData } from "../tensor.js";
import { evaluate } from "./evaluate.js";

test("integer division truncates, int32 wraps, and dividing by zero is refused", () => {
  expect(values("Div", [int64([-7, 7]), int64([2])])).toEqual([-3, 3]);
  expect(values("Mul", [int32([65537]), int32([65537])])).toEqual([131073]);
  expect(values("Add", [int32([2 ** 31 - 1]), int32([1])])).toEqual([-(2 ** 31)]);
  expect(values("Mod", [int64([-7]), int64([3])])).toEqual([2]);
  expect(values("Div", [int64([1]), int64([0])])).toBeUndefined();
});

test("INT64_MAX survives as 2^63 and still means the end of an axis", () => {
  const end = int64([2 ** 63]);
  expect(values("Concat", [int64([1]), end], { axis: 0 })).toEqual([1, 2 ** 63]);
  expect(values("Slice", [int64([1, 2, 3]), int64([1]), end, int64([0])])).toEqual([2, 3]);
  expect(
    values("Slice", [int64([1, 2, 3]), int64([-1]), int64([-(2 ** 63)]), int64([0]), int64([-1])]),
  ).toEqual([3, 2, 1]);
  expect(values("Cast", [end], { to: 6 })).toEqual([-1]);
});

test("half floats are rounded to what they can hold", () => {
  const half = (data: readonly number[]) => tensor("float16", data, Float32Array.from(data));
  expect(values("Add", [half([2048, 1, 65504]), half([1, 2 ** -11, 32])])).toEqual([2048, 1, Infinity]);
  expect(values("Cast", [float([1 + 2 ** -8, 3e-8])], { to: 16 })).toEqual([
    1,
    Math.fround(3.0035153031349182e-8),
  ]);
});

test("old opsets carry in attributes what new ones take as inputs", () => {
  const x = float([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(values("Slice", [x], { starts: [0, 1], ends: [2, 9] }, 9)).toEqual([2, 3, 5, 6]);
  expect(values("ReduceSum", [x], { axes: [-1], keepdims: 0 }, 11)).toEqual([6, 15]);
  expect(values("Clip", [x], { min: 2, max: 4 }, 6)).toEqual([2, 2, 3, 4, 4, 4]);
  expect(values("Pad", [float([1, 2, 3])], { pads: [2, 1], mode: "reflect" }, 2)).toEqual([3, 2, 1, 2, 3, 2]);
  expect(values("TopK", [x], { k: 1 }, 1)).toEqual([3, 6]);
  expect(values("Add", [x, float([10, 20])], { axis: 0, broadcast: 1 }, 6)).toEqual([11, 12, 13, 24, 25, 26]);
  expect(shape("Unsqueeze", [x], { axes: [0, 3] }, 11)).toEqual([1, 2, 3, 1]);
  expect(shape("Reshape", [x], { shape: [0, -1, 1] }, 1)).toEqual([2, 3, 1]);
});

test("softmax before opset 13 runs over the axis and all that follow it", () => {
  const x = float([0, 0, 0, 0], [1, 2, 2]);
  expect(values("Softmax", [x], { axis: 1 }, 11)).toEqual([0.25, 0.25, 0.25, 0.25]);
  expect(values("Softmax", [x], { axis: 1 }, 13)).toEqual([0.5, 0.5, 0.5, 0.5]);
});

test("data movement follows numpy", () => {
  const x = int64([0, 1, 2, 3, 4, 5], [2, 3]);
  expect(values("Transpose", [x])).toEqual([0, 3, 1, 4, 2, 5]);
  expect(values("Gather", [x, int64([-1, 0])], { axis: 1 })).toEqual([2, 0, 5, 3]);
  expect(values("Pad", [int64([1, 2, 3]), int64([-1, 2]), int64([9], [])])).toEqual([2, 3, 9, 9]);
  expect(values("Tile", [int64([1, 2]), int64([2])])).toEqual([1, 2, 1, 2]);
  expect(values("Expand", [int64([7], [1]), int64([2, 2])])).toEqual([7, 7, 7, 7]);
  expect(values("Einsum", [x, x], { equation: "i j, k j" })).toEqual([5, 14, 14, 50]);
  expect(values("DepthToSpace", [int64([1, 2, 3, 4], [1, 4, 1, 1])], { blocksize: 2 })).toEqual([1, 2, 3, 4]);
});

test("blocks of a quantized axis have scales of their own", () => {
  const x = tensor("int8", [2, 4, 6, 8], Int8Array.of(2, 4, 6, 8), [4, 1]);
  const scale = float([0.5, 10], [2, 1]);
  expect(values("DequantizeLinear", [x, scale], { axis: 0, block_size: 2 }, 21)).toEqual([1, 2, 60, 80]);
});

test("what isn't covered is undefined, never guessed", () => {
  const x = float([1, 2]);
  expect(values("Conv", [x, x])).toBeUndefined();
  expect(values("RandomNormalLike", [x])).toBeUndefined();
  expect(values("constructor", [x])).toBeUndefined();
  expect(evaluate({ ...node("Relu", 1, {}), domain: "com.example" }, [x], 13)).toBeUndefined();
  expect(evaluate(node("Relu", 1, {}), [undefined], 13)).toBeUndefined();
  expect(values("ConstantOfShape", [int64([2 ** 14, 2 ** 13])])).toBeUndefined();
  expect(values("ConstantOfShape", [int64([-1])])).toBeUndefined();
  expect(values("Gather", [x, int64([2])])).toBeUndefined();
  expect(values("Reshape", [x, int64([3])])).toBeUndefined();
  expect(values("Add", [x, float([1, 2, 3])])).toBeUndefined();
});

test("inputs are never written to", () => {
  const x = float([3, 1, 2]);
  values("ScatterElements", [x, int64([0]), float([9])]);
  values("Relu", [x]);
  expect(Array.from(x.data)).toEqual([3, 1, 2]);
});

type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

function values(op: string, inputs: readonly Tensor[], attributes: Attributes = {}, opset = 21) {
  const outputs = evaluate(node(op, inputs.length, attributes), inputs, opset);
  return outputs && Array.from(outputs[0]!.data);
}

function shape(op: string, inputs: readonly Tensor[], attributes: Attributes, opset: number) {
  return evaluate(node(op, inputs.length, attributes), inputs, opset)?.[0]?.shape;
}

function node(op: string, arity: number, attributes: Attributes): Node {
  const inputs = Array.from({ length: arity }, (_, i) => `x${i}`);
  const entries = Object.entries(attributes).map(([name, value]) => [name, attribute(value)] as const);
  return { index: 0, name: "", op, domain: "", inputs, outputs: ["y"], attributes: new Map(entries) };
}

function attribute(value: number | string | readonly number[]): Attribute {
  if (typeof value === "string") return { kind: "string", value };
  return typeof value === "number" ? { kind: "int", value } : { kind: "ints", value };
}

function int64(data: readonly number[], shape?: readonly number[]): Tensor {
  return tensor("int64", data, Float64Array.from(data), shape);
}

function int32(data: readonly number[]): Tensor {
  return tensor("int32", data, Int32Array.from(data));
}

function float(data: readonly number[], shape?: readonly number[]): Tensor {
  return tensor("float32", data, Float32Array.from(data), shape);
}

function tensor(
  dtype: DataType,
  from: readonly number[],
  data: TensorData,
  shape = [from.length] as readonly number[],
): Tensor {
  return { dtype, shape, data };
}
