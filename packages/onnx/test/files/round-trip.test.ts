import { readFileSync } from "node:fs";
import { noEdit, readModel, writeModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import onnxProto from "onnx-proto";
import { describe, expect, it } from "vitest";
import { modelBytes, perceptron } from "./build-model.js";
import { haveShared, sharedModels } from "./shared-models.js";

describe("an empty edit", () => {
  it("gives the source back as one view", () => {
    const model = readModel(modelBytes(perceptron));
    const [only, ...others] = writeModel(model, noEdit);
    expect(others).toEqual([]);
    expect(only!.buffer).toBe(model.source.buffer);
    expect(only).toEqual(model.source);
  });
});

describe.skipIf(!haveShared)("shared models (skipped: ../shared is absent)", () => {
  it("reads every one without its weights, as onnx-proto does, and writes it back byte for byte", () => {
    for (const [name, path] of sharedModels()) {
      const model = openModel(path, { inline: false });
      const { graph } = onnxProto.onnx.ModelProto.decode(readFileSync(path));
      expect(
        model.graph.nodes.map(({ outputs }) => outputs),
        name,
      ).toEqual(graph!.node!.map(({ output }) => output));
      expect(
        [...model.graph.initializers.values()].map(({ shape }) => shape),
        name,
      ).toEqual(graph!.initializer!.map(({ dims }) => dims!.map(Number)));
      expect(Buffer.concat(writeModel(model, noEdit)).equals(model.source), name).toBe(true);
    }
  }, 60_000);
});
