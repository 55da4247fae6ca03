import { expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../test/files/build-model.js";
import { readModel } from "../read/read-model.js";
import { modelToBytes } from "../write/write-model.js";
import { type RemovedFromParameter, zeroParameters } from "./zero-parameters.js";

const model = readModel(
  modelBytes({
    name: "one",
    input: [info("x", [2, 4])],
    output: [info("y", [2, 3])],
    initializer: [floats("w", [4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
    node: [node("MatMul", ["x", "w"], ["y"])],
  }),
);

const zeroed = (...removed: RemovedFromParameter[]): number[] => {
  const after = readModel(modelToBytes(model, zeroParameters(model, removed)));
  return [...(after.graph.initializers.get("w")?.tensor().data ?? [])];
};

const w = { tensor: "w", shape: [4, 3] };

it("zeroes rows, columns and what both select", () => {
  const rows = { view: [4, 3], dims: [0], removed: [1] };
  const columns = { view: [4, 3], dims: [1], removed: [2] };
  expect(zeroed({ ...w, selectors: [rows, columns] })).toEqual([1, 2, 0, 0, 0, 0, 7, 8, 0, 10, 11, 0]);
});

it("zeroes over several dims of a finer view, in any order", () => {
  expect(zeroed({ ...w, selectors: [{ view: [2, 2, 3], dims: [0, 2], removed: [5] }] })).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 11, 0,
  ]);
  expect(zeroed({ ...w, selectors: [{ view: [2, 2, 3], dims: [2, 0], removed: [1] }] })).toEqual([
    1, 2, 3, 4, 5, 6, 0, 8, 9, 0, 11, 12,
  ]);
});

it("adds up entries of one tensor", () => {
  const column = (k: number) => ({ ...w, selectors: [{ view: [4, 3], dims: [1], removed: [k] }] });
  expect(zeroed(column(0), column(1))).toEqual([0, 0, 3, 0, 0, 6, 0, 0, 9, 0, 0, 12]);
});

it("refuses what the model doesn't have", () => {
  expect(() => zeroed({ ...w, tensor: "v", selectors: [] })).toThrow(/v/);
  expect(() => zeroed({ ...w, shape: [3, 4], selectors: [] })).toThrow(/shape/);
});
