import { readModel } from "@prune/onnx";
import { constantWeight, findNonFinite, type Weight } from "@prune/onnx/advanced";
import { expect, it } from "vitest";
import { floats, modelBytes, type NodeParts, node, type TensorParts } from "./build-model.js";

const readWeight = (tensor: TensorParts): Weight =>
  readModel(modelBytes({ initializer: [{ name: "w", ...tensor }] })).graph.initializers.get("w")!;

const numbers = (weight: Weight): number[] => [...weight.tensor().data];

it.each<[string, TensorParts, number[]]>([
  [
    "float32 in raw_data",
    { dims: [2], dataType: 1, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer) },
    [1.5, -2],
  ],
  ["float32 in float_data", { dims: [2], dataType: 1, floatData: [1.5, -2] }, [1.5, -2]],
  ["float64 in double_data", { dims: [2], dataType: 11, doubleData: [0.1, -2] }, [0.1, -2]],
  [
    "float16 bits in int32_data",
    { dims: [4], dataType: 10, int32Data: [0x3c00, 0xc000, 0x7c00, 1] },
    [1, -2, Infinity, 2 ** -24],
  ],
  ["bfloat16 bits in int32_data", { dims: [2], dataType: 16, int32Data: [0x3f80, 0xc000] }, [1, -2]],
  ["int8 in int32_data", { dims: [2], dataType: 3, int32Data: [5, -3] }, [5, -3]],
  ["uint8 in int32_data", { dims: [2], dataType: 2, int32Data: [5, 255] }, [5, 255]],
  ["int16 in int32_data", { dims: [2], dataType: 5, int32Data: [5, -300] }, [5, -300]],
  ["int32 in int32_data", { dims: [2], dataType: 6, int32Data: [5, -70000] }, [5, -70000]],
  ["bool in int32_data", { dims: [3], dataType: 9, int32Data: [0, 1, 1] }, [0, 1, 1]],
  ["int64 in int64_data", { dims: [3], dataType: 7, int64Data: [1, -1, 2 ** 40] }, [1, -1, 2 ** 40]],
  [
    "int64 in raw_data",
    { dims: [2], dataType: 7, rawData: new Uint8Array(BigInt64Array.of(-5n, 2n ** 63n - 1n).buffer) },
    [-5, 2 ** 63],
  ],
  ["uint64 in uint64_data", { dims: [2], dataType: 13, uint64Data: [1, 2 ** 50] }, [1, 2 ** 50]],
  ["uint32 in uint64_data", { dims: [2], dataType: 12, uint64Data: [1, 2 ** 32 - 1] }, [1, 2 ** 32 - 1]],
  ["a scalar", { dims: [], dataType: 1, floatData: [3] }, [3]],
  ["no elements", { dims: [0, 3], dataType: 1 }, []],
])("reads %s", (_, tensor, values) => {
  expect(numbers(readWeight(tensor))).toEqual(values);
});

it("gives raw bytes as a view and never copies them unasked", () => {
  const weight = readWeight(floats("w", [2], [1, 2]));
  expect(weight.bytes().buffer).toBe(weight.bytes().buffer);
});

it("keeps pairs of int4 packed", () => {
  const weight = readWeight({ dims: [4], dataType: 22, int32Data: [0x21, 0x43] });
  expect(weight).toMatchObject({ dtype: "other", elementBytes: undefined });
  expect([...weight.bytes()]).toEqual([0x21, 0x43]);
  expect(() => weight.tensor()).toThrow(expect.objectContaining({ code: "unreadable-type" }));
});

it("finds the first NaN or infinity", () => {
  expect(findNonFinite(readWeight(floats("w", [3], [1, 2, 3])))).toBeUndefined();
  expect(findNonFinite(readWeight(floats("w", [3], [1, -Infinity, NaN])))).toEqual({
    index: 1,
    value: -Infinity,
  });
});

it.each<[string, NonNullable<NodeParts["attribute"]>[number], { shape: number[]; values: number[] }]>([
  ["value", { name: "value", type: 4, t: floats("", [2], [1, 2]) }, { shape: [2], values: [1, 2] }],
  ["value_float", { name: "value_float", type: 1, f: 0.5 }, { shape: [], values: [0.5] }],
  ["value_floats", { name: "value_floats", type: 6, floats: [0.5, 2] }, { shape: [2], values: [0.5, 2] }],
  ["value_int", { name: "value_int", type: 2, i: -7 }, { shape: [], values: [-7] }],
  ["value_ints", { name: "value_ints", type: 7, ints: [1, 2, 3] }, { shape: [3], values: [1, 2, 3] }],
])("reads a Constant node's %s", (_, attribute, { shape, values }) => {
  const model = readModel(modelBytes({ node: [node("Constant", [], ["c"], { attribute: [attribute] })] }));
  const weight = constantWeight(model.graph.nodes[0]!)!;
  expect(weight).toMatchObject({ name: "c", shape });
  expect(numbers(weight)).toEqual(values);
});

it("has no weight for a Constant of strings", () => {
  const attribute = [{ name: "value_strings", type: 8, strings: [new Uint8Array([65])] }];
  const model = readModel(modelBytes({ node: [node("Constant", [], ["c"], { attribute })] }));
  expect(constantWeight(model.graph.nodes[0]!)).toBeUndefined();
});
