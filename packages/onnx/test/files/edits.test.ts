import { type GraphEdit, type Model, modelToBytes, noEdit, readModel, writeModel } from "@prune/onnx";
import type { AttributeValue, NewTensor } from "@prune/onnx/advanced";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { concat } from "../../src/write/rope.js";
import { floats, type GraphParts, info, modelBytes, node, perceptron } from "./build-model.js";

const model = readModel(modelBytes(perceptron));
const edited = (edit: Partial<GraphEdit>, source: Model = model): Model =>
  readModel(concat(writeModel(source, { ...noEdit, ...edit })));
const tensor = (shape: number[], values: readonly number[]): NewTensor => ({
  shape,
  bytes: () => new Uint8Array(Float32Array.from(values).buffer),
});
const values = (source: Model, name: string): number[] => [
  ...source.graph.initializers.get(name)!.tensor().data,
];
const fails = (edit: Partial<GraphEdit>, code: string): void =>
  expect(() => edited(edit)).toThrow(expect.objectContaining({ code }));

describe("tensors", () => {
  it("take new values and shapes, and leave the rest alone", () => {
    const after = edited({ tensors: new Map([["w", tensor([2, 2], [1, 2, 5, 6])]]) });
    expect(after.graph.initializers.get("w")!.shape).toEqual([2, 2]);
    expect(values(after, "w")).toEqual([1, 2, 5, 6]);
    expect(values(after, "b")).toEqual([7, 8, 9]);
    expect(after.graph.nodes).toEqual(model.graph.nodes);
  });

  it("turn typed data into raw data", () => {
    const source = readModel(
      modelBytes({ initializer: [{ name: "w", dims: [3], dataType: 1, floatData: [1, 2, 3] }] }),
    );
    expect(values(edited({ tensors: new Map([["w", tensor([1], [4])]]) }, source), "w")).toEqual([4]);
  });

  it("are asked for their bytes once", () => {
    let asked = 0;
    const counted = {
      shape: [3],
      bytes: () => {
        asked++;
        return new Uint8Array(12);
      },
    };
    edited({ tensors: new Map([["b", counted]]) });
    expect(asked).toBe(1);
  });

  it("can become empty", () => {
    expect(values(edited({ tensors: new Map([["b", tensor([0], [])]]) }), "b")).toEqual([]);
  });

  it("of another size than their shape are refused", () => {
    fails({ tensors: new Map([["b", tensor([2], [1])]]) }, "size-mismatch");
  });

  it("reshape the input and value info that an old model lists them in", () => {
    const old: GraphParts = {
      ...perceptron,
      input: [...perceptron.input!, info("w", [3, 2]), info("b", [3])],
      valueInfo: [info("b", [3])],
    };
    const source = readModel(modelBytes(old, { irVersion: 3 }));
    const after = edited(
      {
        tensors: new Map([["b", tensor([2], [1, 2])]]),
        droppedInitializers: new Set(["w"]),
        nodes: new Map([[0, { inputs: ["x", "x", "b"] }]]),
      },
      source,
    );
    expect(after.graph.inputs).toEqual([info2("x", ["batch", 2]), info2("b", [2])]);
    expect(after.graph.valueInfo.get("b")!.shape).toEqual([2]);
  });

  it("are added, and also listed as inputs where an old IR asks for it", () => {
    const added = [{ name: "new", elementType: 1, ...tensor([2], [3, 4]) }];
    expect(values(edited({ added }), "new")).toEqual([3, 4]);
    const old = readModel(modelBytes(perceptron, { irVersion: 3 }));
    expect(edited({ added }, old).graph.inputs.at(-1)).toEqual(info2("new", [2]));
  });
});

const info2 = (name: string, shape: (number | string)[]) => ({ name, elementType: 1, shape });

describe("Constant nodes", () => {
  const attributes = {
    value: { name: "value", type: 4, t: floats("kept", [3], [1, 2, 3]) },
    value_floats: { name: "value_floats", type: 6, floats: [1, 2, 3] },
  };
  it.each(Object.entries(attributes))("take a new value in place of %s", (_, attribute) => {
    const source = readModel(
      modelBytes({
        node: [node("Constant", [], ["c"], { attribute: [attribute] })],
        output: [info("c", [3])],
      }),
    );
    const after = edited({ tensors: new Map([["c", tensor([2], [4, 5])]]) }, source);
    const [value, ...others] = after.graph.nodes[0]!.attributes;
    expect(others).toEqual([]);
    expect(value![0]).toBe("value");
    expect(value![1].kind === "tensor" && [...value![1].value.tensor().data]).toEqual([4, 5]);
  });

  it("keep integers as int64", () => {
    const attribute = [{ name: "value_ints", type: 7, ints: [1, -1] }];
    const source = readModel(modelBytes({ node: [node("Constant", [], ["c"], { attribute })] }));
    const wide = { shape: [1], bytes: () => new Uint8Array(BigInt64Array.of(-3n).buffer) };
    const [, value] = [...edited({ tensors: new Map([["c", wide]]) }, source).graph.nodes[0]!.attributes][0]!;
    expect(value.kind === "tensor" && [value.value.dtype, ...value.value.tensor().data]).toEqual([
      "int64",
      -3,
    ]);
  });
});

describe("nodes", () => {
  it("take new operators, inputs, outputs and attributes", () => {
    const attributes = new Map<string, AttributeValue>([
      ["transB", 0],
      ["alpha", { float: 0.5 }],
      ["mode", { string: "é" }],
      ["pads", [0, -1, 2 ** 63]],
    ]);
    const after = edited({
      nodes: new Map([[0, { op: "Gemm2", domain: "mine", inputs: ["x", "w"], attributes }]]),
    });
    const [gemm] = after.graph.nodes;
    expect(gemm).toMatchObject({
      op: "Gemm2",
      domain: "mine",
      name: "Gemm_h",
      inputs: ["x", "w"],
      outputs: ["h"],
    });
    expect(Object.fromEntries(gemm!.attributes)).toEqual({
      transB: { kind: "int", value: 0 },
      alpha: { kind: "float", value: 0.5 },
      mode: { kind: "string", value: "é" },
      pads: { kind: "ints", value: [0, -1, 2 ** 63] },
    });
  });

  it("write 2^63 as the largest int64", () => {
    const bytes = modelToBytes(model, {
      ...noEdit,
      nodes: new Map([[0, { attributes: new Map([["k", 2 ** 63]]) }]]),
    });
    const { graph } = onnxProto.onnx.ModelProto.decode(bytes);
    const written = graph!.node![0]!.attribute!.find(({ name }) => name === "k")!.i;
    expect(String(written)).toBe("9223372036854775807");
  });

  it("lose attributes and leave the graph", () => {
    const attributes = new Map([["transB", null]]);
    const after = edited({
      nodes: new Map([
        [0, { attributes, outputs: ["y"] }],
        [1, null],
      ]),
    });
    expect(after.graph.nodes.map(({ op }) => op)).toEqual(["Gemm"]);
    expect(after.graph.nodes[0]!.attributes.size).toBe(0);
  });

  it("are inserted before others and at the end, in list order", () => {
    const identity = (from: string, to: string) => ({
      name: to,
      op: "Identity",
      domain: "",
      inputs: [from],
      outputs: [to],
      attributes: new Map(),
    });
    const inserted = [
      { before: 2, node: identity("y", "z") },
      { before: 1, node: identity("h", "p") },
      { before: 1, node: identity("p", "q") },
    ];
    const after = edited({ inserted });
    expect(after.graph.nodes.map(({ name }) => name)).toEqual(["Gemm_h", "p", "q", "Relu_y", "z"]);
  });
});

describe("value infos", () => {
  it("go when they are not kept", () =>
    expect(edited({ keepValueInfo: () => false }).graph.valueInfo.size).toBe(0));
});

describe("an edit of something else", () => {
  it("is refused", () => {
    fails({ tensors: new Map([["v", tensor([1], [1])]]) }, "unknown-edit");
    fails({ droppedInitializers: new Set(["v"]) }, "unknown-edit");
    fails({ nodes: new Map([[2, null]]) }, "unknown-edit");
    fails({ added: [{ name: "h", elementType: 1, ...tensor([1], [1]) }] }, "name-taken");
  });
});

it("writes the same bytes each time", () => {
  const edit = { ...noEdit, tensors: new Map([["b", tensor([1], [1])]]) };
  expect(modelToBytes(model, edit)).toEqual(modelToBytes(model, edit));
});
