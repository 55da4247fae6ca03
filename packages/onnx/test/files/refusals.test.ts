import { gzipSync } from "node:zlib";
import { readModel } from "@prune/onnx";
import type { OnnxErrorCode } from "@prune/onnx/advanced";
import { describe, expect, it } from "vitest";
import { embed } from "../../src/write/encode.js";
import { concat } from "../../src/write/rope.js";
import { external, floats, type GraphParts, info, modelBytes, node, perceptron } from "./build-model.js";

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const fails = (bytes: Uint8Array, code: OnnxErrorCode, message: RegExp = /./): void =>
  expect(() => readModel(bytes)).toThrow(
    expect.objectContaining({ name: "OnnxError", code, message: expect.stringMatching(message) }),
  );
const graphFails = (graph: GraphParts, code: OnnxErrorCode, message?: RegExp): void =>
  fails(modelBytes(graph), code, message);

describe("a file that is not a model", () => {
  it.each<[RegExp, Uint8Array]>([
    [/empty/, new Uint8Array()],
    [/JSON/, text('{"modelTopology": {}}')],
    [/web page/, text("<!DOCTYPE html><html></html>")],
    [/ZIP/, text("PK\x03\x04....")],
    [/gzip/, new Uint8Array(gzipSync(text("hello")))],
    [/LFS/, text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")],
    [/text/, text("hello, this is no model")],
    [/no protobuf/, Uint8Array.from({ length: 999 }, (_, i) => (i * 7919 + 251) % 256)],
    [/another kind/, Uint8Array.of(0x12, 1, 65)],
  ])("says what it looks like: %s", (looks, bytes) => fails(bytes, "not-onnx", looks));
});

describe("a damaged model", () => {
  it("says that it is cut short", () =>
    fails(modelBytes(perceptron).subarray(0, 150), "truncated", /bytes are missing/));
  it("names the file it was given", () => {
    const read = (): unknown => readModel(modelBytes(perceptron).subarray(0, 150), { file: "net.onnx" });
    expect(read).toThrow(/^net\.onnx: /);
  });
  it("refuses a model without a graph", () => {
    const whole = modelBytes(perceptron);
    fails(concat([whole.subarray(0, 2), Uint8Array.of(0x42, 4, 0x0a, 0, 0x10, 17)]), "no-graph");
  });
});

describe("a node", () => {
  it("has no attribute twice", () =>
    graphFails(
      {
        ...perceptron,
        node: [
          node("Softmax", ["x"], ["y"], {
            attribute: [
              { name: "axis", type: 2, i: 0 },
              { name: "axis", type: 2, i: -1 },
            ],
          }),
        ],
      },
      "invalid-node",
      /the attribute "axis" is there twice/,
    ));
});

describe("an input of a graph", () => {
  it("has a name", () =>
    graphFails(
      { ...perceptron, input: [...(perceptron.input ?? []), info("", [1])] },
      "malformed",
      /an input or output has no name/,
    ));
});

describe("a stored tensor", () => {
  it("has a name", () =>
    graphFails(
      { ...perceptron, initializer: [...(perceptron.initializer ?? []), floats("", [1], [0])] },
      "malformed",
      /a stored tensor has no name/,
    ));
});

describe("versions", () => {
  it("refuses IR 2", () =>
    fails(modelBytes(perceptron, { irVersion: 2 }), "unsupported-version", /IR version: 2/));
  it("refuses an absurd IR", () =>
    fails(modelBytes(perceptron, { irVersion: 123456 }), "unsupported-version"));
  it("reads an IR from the future", () => {
    expect(readModel(modelBytes(perceptron, { irVersion: 99 })).irVersion).toBe(99);
  });
  it("refuses a model without opsets", () => fails(modelBytes(perceptron, { opsetImport: [] }), "no-opset"));
  it("refuses opset 0", () => {
    fails(
      modelBytes(perceptron, { opsetImport: [{ domain: "", version: 0 }] }),
      "unsupported-version",
      /opset/,
    );
  });
  it("takes ai.onnx for the default domain", () => {
    const model = readModel(modelBytes(perceptron, { opsetImport: [{ domain: "ai.onnx", version: 15 }] }));
    expect(model.opsets.get("")).toBe(15);
  });
});

describe("an unsound graph", () => {
  it("names the nodes on a cycle", () => {
    const cyclic = {
      node: [node("Add", ["c", "a"], ["b"]), node("Relu", ["b"], ["c"])],
      input: [info("a", [1])],
    };
    graphFails(cyclic, "cycle", /Add_b -> Relu_c -> Add_b|Relu_c -> Add_b -> Relu_c/);
  });
  it("refuses a node that reads itself from a subgraph", () => {
    const body: GraphParts = { name: "then", node: [node("Relu", ["y"], ["z"])], output: [info("z", [1])] };
    const attribute = ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: body }));
    graphFails({ input: [info("c", [])], node: [node("If", ["c"], ["y"], { attribute })] }, "cycle", /If_y/);
  });
  it("refuses two origins of one tensor", () => {
    graphFails(
      { ...perceptron, node: [...perceptron.node!, node("Relu", ["x"], ["h"])] },
      "duplicate-name",
      /"h"/,
    );
    graphFails({ initializer: [floats("w", [1], [1]), floats("w", [1], [1])] }, "duplicate-name", /"w"/);
  });
  it("refuses an input that nothing defines, also in a subgraph", () => {
    graphFails({ node: [node("Relu", ["nowhere"], ["y"])] }, "dangling-input", /Relu_y.*"nowhere"/);
    const g: GraphParts = { name: "then", node: [node("Relu", ["nowhere"], ["z"])] };
    const branch = node("If", ["c"], ["y"], { attribute: [{ name: "then_branch", type: 5, g }] });
    graphFails({ input: [info("c", [])], node: [branch] }, "dangling-input", /nowhere/);
  });
  it("refuses an output that nothing defines", () =>
    graphFails({ output: [info("y", [1])] }, "dangling-input", /output list/));
});

describe("a tensor that can't be", () => {
  it("refuses data of another size than the shape", () => {
    graphFails(
      { initializer: [{ ...floats("w", [3], [1, 2]), dims: [3] }] },
      "size-mismatch",
      /12 bytes.*has 8/,
    );
  });
  it("checks varint data when it is read", () => {
    const model = readModel(
      modelBytes({ initializer: [{ name: "w", dims: [3], dataType: 7, int64Data: [1] }] }),
    );
    expect(() => model.graph.initializers.get("w")!.bytes()).toThrow(
      expect.objectContaining({ code: "size-mismatch" }),
    );
  });
  it("refuses negative and enormous dims", () => {
    graphFails({ initializer: [{ name: "w", dims: [-1], dataType: 1 }] }, "bad-shape", /\[-1\]/);
    graphFails({ initializer: [{ name: "w", dims: [2 ** 40, 2 ** 40], dataType: 1 }] }, "bad-shape");
  });
});

describe("external locations", () => {
  it.each(["../weights.bin", "a/../../weights.bin", "/etc/passwd", "C:\\weights.bin", "..\\weights.bin", ""])(
    "refuses %j when the model is read",
    (location) => graphFails({ initializer: [external("w", [2], { location })] }, "bad-location", /"w"/),
  );
  it("refuses an offset that is no number", () => {
    graphFails(
      { initializer: [external("w", [2], { location: "w.bin", offset: "-8" })] },
      "bad-location",
      /offset/,
    );
  });
  it("says how to read weights that need a reader", () => {
    const model = readModel(modelBytes({ initializer: [external("w", [2], { location: "w.bin" })] }));
    expect(() => model.graph.initializers.get("w")!.bytes()).toThrow(
      expect.objectContaining({ code: "no-external-reader" }),
    );
  });
});

describe("hostile nesting", () => {
  /** A graph whose node holds a graph whose node holds a graph... */
  function nested(depth: number): Uint8Array {
    let graph: Uint8Array = new Uint8Array();
    for (let i = 0; i < depth; i++) graph = concat(embed(1, embed(5, embed(6, [graph]))) as Uint8Array[]);
    return concat(
      [Uint8Array.of(8, 8), ...embed(7, [graph]), 0x42, 2, 0x10, 17].map((x) =>
        typeof x === "number" ? Uint8Array.of(x) : (x as Uint8Array),
      ),
    );
  }
  it("is refused without a stack overflow", () => fails(nested(5000), "too-deep"));
  it("is refused in types too", () => {
    let type: Uint8Array = new Uint8Array();
    for (let i = 0; i < 20_000; i++) type = concat(embed(4, embed(1, [type])) as Uint8Array[]);
    const graph = embed(7, embed(11, embed(2, [type])));
    fails(
      concat([Uint8Array.of(8, 8), ...(graph as Uint8Array[]), Uint8Array.of(0x42, 2, 0x10, 17)]),
      "too-deep",
    );
  });
});
