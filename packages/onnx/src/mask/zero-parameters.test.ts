import { describe, expect, it } from "vitest";
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

describe("quantised weights", () => {
  const quantised = (zeroPoint: readonly number[], axis: number) =>
    readModel(
      modelBytes({
        name: "quantised",
        input: [info("x", [2, 4])],
        output: [info("y", [2, 3])],
        initializer: [
          { name: "q", dims: [4, 3], dataType: 2, rawData: Uint8Array.from({ length: 12 }, (_, i) => i + 1) },
          floats(
            "s",
            zeroPoint.length === 1 ? [] : [zeroPoint.length],
            zeroPoint.map(() => 0.1),
          ),
          {
            name: "z",
            dims: zeroPoint.length === 1 ? [] : [zeroPoint.length],
            dataType: 2,
            rawData: Uint8Array.from(zeroPoint),
          },
        ],
        node: [
          node("DequantizeLinear", ["q", "s", "z"], ["w"], {
            attribute: [{ name: "axis", type: 2, i: axis }],
          }),
          node("MatMul", ["x", "w"], ["y"]),
        ],
      }),
    );
  const row = { tensor: "q", shape: [4, 3], selectors: [{ view: [4, 3], dims: [0], removed: [1] }] };

  it("become their zero point, by position where it differs", () => {
    for (const [zeroPoint, axis, expected] of [
      [[128], 0, [128, 128, 128]],
      [[7, 8, 9], 1, [7, 8, 9]],
      [[10, 20, 30, 40], 0, [20, 20, 20]],
    ] as const) {
      const model = quantised(zeroPoint, axis);
      const after = readModel(modelToBytes(model, zeroParameters(model, [row])));
      expect([...(after.graph.initializers.get("q")?.bytes().subarray(3, 6) ?? [])]).toEqual(expected);
    }
  });

  it("of 4 bits become their zero point among the others of a byte", () => {
    const model = readModel(
      modelBytes({
        name: "packed",
        input: [info("x", [2, 2])],
        output: [info("y", [2, 3])],
        initializer: [
          { name: "q", dims: [2, 3], dataType: 21, rawData: Uint8Array.of(0x21, 0x43, 0x65) },
          floats("s", [3], [1, 1, 1]),
          { name: "z", dims: [3], dataType: 21, rawData: Uint8Array.of(0xba, 0x0c) },
        ],
        node: [node("DequantizeLinear", ["q", "s", "z"], ["w"]), node("MatMul", ["x", "w"], ["y"])],
      }),
    );
    const first = { tensor: "q", shape: [2, 3], selectors: [{ view: [2, 3], dims: [0], removed: [0] }] };
    const after = readModel(modelToBytes(model, zeroParameters(model, [first])));
    expect([...(after.graph.initializers.get("q")?.bytes() ?? [])]).toEqual([0xba, 0x4c, 0x65]);
  });

  it("keep their zero points", () => {
    const model = quantised([10, 20, 30, 40], 0);
    const gone = { tensor: "z", shape: [4], selectors: [{ view: [4], dims: [0], removed: [1] }] };
    const after = readModel(modelToBytes(model, zeroParameters(model, [row, gone])));
    expect([...(after.graph.initializers.get("z")?.bytes() ?? [])]).toEqual([10, 20, 30, 40]);
  });
});

it("masks what is computed from stored weights where it is read", () => {
  const normalised = readModel(
    modelBytes({
      name: "normalised",
      input: [info("x", [2, 3])],
      output: [info("y", [2, 4])],
      initializer: [
        floats("v", [4, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        floats("g", [4, 1], [1, 2, 3, 4]),
      ],
      node: [
        node("ReduceL2", ["v"], ["n"], { attribute: [{ name: "axes", type: 7, ints: [1] }] }),
        node("Div", ["v", "n"], ["d"]),
        node("Mul", ["d", "g"], ["w"]),
        node("Gemm", ["x", "w"], ["y"], { attribute: [{ name: "transB", type: 2, i: 1 }] }),
      ],
    }),
  );
  const rows = { view: [4, 3], dims: [0], removed: [1] };
  const columns = { view: [4, 3], dims: [1], removed: [2] };
  const edit = zeroParameters(normalised, [
    { tensor: "w", shape: [4, 3], selectors: [rows, columns], computed: true },
  ]);
  const { graph } = readModel(modelToBytes(normalised, edit));
  const read = graph.nodes.find(({ op }) => op === "Gemm")?.inputs[1] ?? "";
  const masked = [...(graph.initializers.get(read)?.tensor().data ?? [])].map(Number);
  const whole = Array.from({ length: 12 }, (_, i) => {
    const row = Math.floor(i / 3);
    const length = Math.hypot(3 * row + 1, 3 * row + 2, 3 * row + 3);
    return row === 1 || i % 3 === 2 ? 0 : ((i + 1) / length) * (row + 1);
  });
  masked.forEach((value, i) => {
    expect(value).toBeCloseTo(whole[i] as number, 5);
  });
  expect(masked).toHaveLength(12);
});
