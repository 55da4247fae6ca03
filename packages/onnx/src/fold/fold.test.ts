import { expect, test, vi } from "vitest";
import type { Graph, Node, Weight } from "../model.js";
import type { Tensor } from "../tensor.js";
import { foldConstants } from "./fold.js";

test("a value is constant when nothing that it depends on is an input or random", () => {
  const constants = fold(
    [
      node("Add", ["w", "w"], "sum"),
      node("Add", ["sum", "x"], "mixed"),
      node("RandomNormalLike", ["w"], "noise"),
      node("Mystery", ["w"], "mystery"),
    ],
    { w: vector([1, 2]) },
  );
  expect(["w", "sum", "mystery"].every(constants.isConstant)).toBe(true);
  expect(["x", "mixed", "noise", "nowhere"].some(constants.isConstant)).toBe(false);
  expect(constants.value("sum")?.data).toEqual(Float32Array.of(2, 4));
  expect(constants.value("mixed")).toBeUndefined();
  expect(constants.value("mystery")).toBeUndefined();
});

test("an initializer that is also a graph input is constant", () => {
  expect(fold([node("Relu", ["x"], "y")], { x: vector([-1]) }).value("y")?.data).toEqual(Float32Array.of(0));
});

test("nodes are evaluated once, and only when asked for", () => {
  const w = vector([1]);
  const read = vi.spyOn(w, "tensor");
  const constants = fold([node("Neg", ["w"], "a"), node("Add", ["a", "a"], "b"), node("Abs", ["w"], "c")], {
    w,
  });
  expect(read).not.toHaveBeenCalled();
  expect(constants.value("b")?.data).toEqual(Float32Array.of(-2));
  expect(constants.value("a")).toBe(constants.value("a"));
  expect(read).toHaveBeenCalledTimes(1);
});

test("the shape of a weight is known without decoding it", () => {
  const w = vector([1, 2, 3]);
  const read = vi.spyOn(w, "tensor");
  const constants = fold([node("Identity", ["w"], "same"), node("Shape", ["same"], "shape")], { w });
  expect(constants.value("shape")?.data).toEqual(Float64Array.of(3));
  expect(constants.value("same")?.shape).toEqual([3]);
  expect(read).not.toHaveBeenCalled();
});

test("chains of any length are folded without recursion", () => {
  const nodes = Array.from({ length: 20_000 }, (_, i) => node("Add", [`v${i}`, `v${i}`], `v${i + 1}`));
  expect(fold(nodes, { v0: vector([0]) }).value("v20000")?.data).toEqual(Float32Array.of(0));
});

function fold(nodes: readonly Node[], weights: Readonly<Record<string, Weight>>) {
  const graph: Graph = {
    name: "",
    nodes,
    initializers: new Map(Object.entries(weights)),
    inputs: [{ name: "x", elementType: 1, shape: [1] }],
    outputs: [],
    valueInfo: new Map(),
  };
  return foldConstants(
    graph,
    21,
    nodes.map((_, index) => index),
  );
}

function node(op: string, inputs: readonly string[], output: string): Node {
  return { index: 0, name: output, op, domain: "", inputs, outputs: [output], attributes: new Map() };
}

function vector(values: readonly number[]): Weight {
  const tensor: Tensor = { dtype: "float32", shape: [values.length], data: Float32Array.from(values) };
  return {
    name: "w",
    dtype: "float32",
    elementType: 1,
    shape: tensor.shape,
    elementBytes: 4,
    external: false,
    bytes: () => new Uint8Array(tensor.data.buffer as ArrayBuffer),
    tensor: () => tensor,
  };
}
