import { describe, expect, it } from "vitest";
import type { NewNode } from "../model.js";
import { readModel } from "../read/read-model.js";
import { linears } from "./linear.js";
import { newModel } from "./new-model.js";
import { refitModel } from "./refit-model.js";
import { neededNodes, segmentModel } from "./segment.js";

const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: NewNode["attributes"] = new Map(),
): NewNode => ({
  name: output,
  op,
  domain: "",
  inputs,
  outputs: [output],
  attributes,
});

const floats = (name: string, shape: number[]) => {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
  return { name, elementType: 1, shape, bytes: () => new Uint8Array(data.buffer) };
};

const modelOf = (nodes: NewNode[], ...tensors: ReturnType<typeof floats>[]) =>
  readModel(
    newModel({
      inputs: [{ name: "x", elementType: 1 }],
      outputs: [nodes.at(-1)?.outputs[0] ?? ""],
      nodes,
      tensors,
    }),
  );

const weights = Float32Array.from([1, 2, 3, 4, 5, 6]);
const bias = Float32Array.from([7, 8]);
const transB = new Map([["transB", 1]]);

describe("new weights of a linear node", () => {
  it.each([
    ["a matrix product", modelOf([node("MatMul", ["x", "w"], "y")], floats("w", [3, 2]))],
    [
      "a product with an added bias",
      modelOf(
        [node("MatMul", ["x", "w"], "p"), node("Add", ["b", "p"], "y")],
        floats("w", [3, 2]),
        floats("b", [2]),
      ),
    ],
    [
      "a turned matrix",
      modelOf([node("Transpose", ["w"], "t"), node("MatMul", ["x", "t"], "y")], floats("w", [2, 3])),
    ],
    [
      "a turned matrix that others read",
      modelOf(
        [node("Transpose", ["w"], "t"), node("MatMul", ["x", "t"], "z"), node("MatMul", ["z", "w"], "y")],
        floats("w", [2, 3]),
      ),
    ],
    ["Gemm", modelOf([node("Gemm", ["x", "w", "b"], "y")], floats("w", [3, 2]), floats("b", [2]))],
    ["Gemm by output, without a bias", modelOf([node("Gemm", ["x", "w"], "y", transB)], floats("w", [2, 3]))],
    [
      "Gemm by output of a turned matrix",
      modelOf([node("Transpose", ["w"], "t"), node("Gemm", ["x", "t"], "y", transB)], floats("w", [3, 2])),
    ],
    [
      "Gemm without a bias that would scale one by 0",
      modelOf([node("Gemm", ["x", "w"], "y", new Map([["beta", { float: 0 }]]))], floats("w", [3, 2])),
    ],
    ["a convolution", modelOf([node("Conv", ["x", "w"], "y")], floats("w", [2, 3, 1, 1]))],
  ])("are read back from %s", (_, model) => {
    const linear = linears(model)[0]!;
    expect([linear.inputs, linear.outputs]).toEqual([3, 2]);
    const after = refitModel(model, [{ linear, weights, bias }]);
    const again = linears(after)[0]!;
    expect(again.output).toBe(linear.output);
    expect(Array.from(again.weights())).toEqual(Array.from(weights));
    expect(Array.from(again.bias() ?? [])).toEqual(Array.from(bias));
    for (const other of linears(model).slice(1)) {
      const same = linears(after).find(({ output }) => output === other.output);
      expect(Array.from(same?.weights() ?? [])).toEqual(Array.from(other.weights()));
    }
  });

  it("leave other constants out: a product of two inputs, integer weights, a scaled Gemm", () => {
    const scaled = new Map([["alpha", { float: 2 }]]);
    expect(linears(modelOf([node("MatMul", ["x", "x"], "y")]))).toEqual([]);
    expect(linears(modelOf([node("Gemm", ["x", "w"], "y", scaled)], floats("w", [3, 2])))).toEqual([]);
    const faded = node("Gemm", ["x", "w", "b"], "y", new Map([["beta", { float: 0 }]]));
    expect(linears(modelOf([faded], floats("w", [3, 2]), floats("b", [2])))).toEqual([]);
  });
});

describe("a segment", () => {
  const model = modelOf(
    [
      node("Relu", ["x"], "a"),
      node("MatMul", ["a", "w"], "b"),
      node("Relu", ["b"], "c"),
      node("MatMul", ["c", "v"], "y"),
    ],
    floats("w", [3, 2]),
    floats("v", [2, 2]),
  );

  it("holds what its outputs need from what is at hand", () => {
    expect([...neededNodes(model, new Set(["a"]), ["c"])].sort()).toEqual([1, 2]);
    const part = readModel(segmentModel(model, { inputs: [{ name: "a", elementType: 1 }], outputs: ["c"] }));
    expect(part.graph.nodes.map(({ op }) => op)).toEqual(["MatMul", "Relu"]);
    expect([...part.graph.initializers.keys()]).toEqual(["w"]);
    expect(part.graph.inputs.map(({ name }) => name)).toEqual(["a"]);
    expect(part.graph.outputs.map(({ name }) => name)).toEqual(["c"]);
  });
});
