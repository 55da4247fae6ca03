import { noEdit, OnnxError, readModel, writeModel } from "@prune/onnx";
import { constantWeight } from "@prune/onnx/advanced";
import fc from "fast-check";
import { describe, it } from "vitest";
import { type GraphParts, info, modelBytes, node, perceptron } from "./build-model.js";

const branch: GraphParts = { name: "then", node: [node("Relu", ["h"], ["z"])], output: [info("z", [1])] };
const rich = modelBytes({
  ...perceptron,
  initializer: [
    ...perceptron.initializer!,
    { name: "i", dims: [2], dataType: 7, int64Data: [1, -1] },
    {
      name: "e",
      dims: [2],
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: "location", value: "e.bin" }],
    },
  ],
  node: [
    ...perceptron.node!,
    node("Constant", [], ["k"], {
      attribute: [{ name: "value", type: 4, t: { dims: [1], dataType: 1, floatData: [1] } }],
    }),
    node("If", ["k"], ["out"], {
      attribute: ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: branch })),
    }),
  ],
});

/** Reads everything there is to read; only an OnnxError may come out. */
function readAll(bytes: Uint8Array): void {
  const tryTo = (act: () => unknown): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
    }
  };
  tryTo(() => {
    const model = readModel(bytes);
    for (const weight of model.graph.initializers.values()) tryTo(() => weight.tensor());
    for (const each of model.graph.nodes) tryTo(() => constantWeight(each)?.tensor());
    tryTo(() => writeModel(model, { ...noEdit, keepValueInfo: () => false }));
  });
}

describe("whatever the bytes", () => {
  const position = fc.nat(rich.length - 1);
  /** Takes some bytes out and puts others in. */
  const damage = fc.record({
    at: position,
    out: fc.nat(12),
    more: fc.array(fc.nat(255), { maxLength: 12 }),
  });

  it("a damaged model reads or is refused", () => {
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        const bytes = [...rich];
        for (const { at, out, more } of damages) bytes.splice(at, out, ...more);
        readAll(Uint8Array.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("a model cut anywhere reads or is refused", () => {
    for (let length = 0; length < rich.length; length++) readAll(rich.subarray(0, length));
  });

  it("random bytes are refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readAll(bytes)),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => readAll(Uint8Array.from([8, 8, ...bytes]))),
      { numRuns: 1000 },
    );
  });
});
