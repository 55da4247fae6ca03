import { readModel } from "@prune/onnx";
import { constantTensors, wiringOf } from "@prune/onnx/advanced";
import { expect, it } from "vitest";
import { buildModel } from "./exported/builder.js";

it("takes what random nodes draw, and what follows from it, for no constant: each run would draw it anew", () => {
  const bytes = buildModel((g) => {
    const x = g.input("x", [4]);
    const stored = g.op("Add", [g.weight([4]), g.weight([4])], {}, "stored");
    g.op("RandomNormal", [], { shape: [4] }, "drawn");
    g.op("RandomUniformLike", [stored], {}, "alike");
    g.op("Add", ["drawn", stored], {}, "moved");
    g.op("Sum", [x, "moved", "alike"], {}, "y");
    g.output("y");
  });
  const model = readModel(bytes);
  const found = constantTensors(model, wiringOf(model));
  const made = ["stored", "drawn", "alike", "moved", "y"];
  expect(made.filter((name) => found.has(name))).toEqual(["stored"]);
});
