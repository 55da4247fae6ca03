import { expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../test/files/build-model.js";
import { readModel } from "../read/read-model.js";
import { modelToBytes } from "../write/write-model.js";
import { withoutRounding } from "./without-rounding.js";

it("passes activations by their quantisation and leaves weights quantised", () => {
  const axis = { attribute: [{ name: "axis", type: 2, i: 0 }] };
  const model = readModel(
    modelBytes({
      name: "quantised",
      input: [info("x", [2, 3])],
      output: [info("y", [2, 2])],
      initializer: [
        floats("s", [], [0.1]),
        { name: "q", dims: [3, 2], dataType: 3, rawData: new Uint8Array(6) },
      ],
      node: [
        node("QuantizeLinear", ["x", "s"], ["xq"]),
        node("DequantizeLinear", ["xq", "s"], ["xd"], axis),
        node("DequantizeLinear", ["q", "s"], ["w"]),
        node("MatMul", ["xd", "w"], ["y"]),
      ],
    }),
  );
  const { nodes } = readModel(modelToBytes(model, withoutRounding(model))).graph;
  expect(nodes.map(({ op, inputs }) => [op, ...inputs])).toEqual([
    ["QuantizeLinear", "x", "s"],
    ["Identity", "x"],
    ["DequantizeLinear", "q", "s"],
    ["MatMul", "xd", "w"],
  ]);
});
