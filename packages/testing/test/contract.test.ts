import { activation, apoz, reconstruction, variance, wanda } from "@prune/importance-activation";
import { fisher, taylor } from "@prune/importance-gradient";
import { onnx } from "@prune/onnx";
import { activationProbe, collectStatistics } from "@prune/onnx-recovery";
import { checkImportance } from "@prune/testing";
import { weightsOf } from "@prune/testing/advanced";
import { describe, expect, it } from "vitest";
import { onnxTwin } from "./twins.js";

const model = onnxTwin();
const backend = onnx();
const trace = backend.trace(model);
const plain = backend.probe(model, trace);

describe("our own criteria keep the contract that those of others are held to", () => {
  it.each([activation(), apoz(), wanda(), variance(), reconstruction()])("$name", async (criterion) => {
    const feeds = [0, 1, 2].map((i) => ({
      x: { type: "float32", dims: [4, 3, 8, 8], data: weightsOf(50 + i, [4, 3, 8, 8], 4) } as const,
    }));
    const probe = activationProbe(plain, await collectStatistics(model, feeds));
    expect(await checkImportance(criterion, probe)).toEqual([]);
    await expect(checkImportance(criterion, plain)).rejects.toMatchObject({ code: "missing-need" });
  });

  it.each([taylor(), taylor({ multivariable: true }), fisher()])("$name", async (criterion) => {
    const gradients = (tensor: string) => {
      const { shape, data } = plain.weights(tensor) ?? { shape: [], data: new Float32Array() };
      const mean = weightsOf(data.length + 7, shape, 4);
      return { mean, square: mean.map((value) => value * value) };
    };
    const probe = { ...plain, gradients };
    expect(await checkImportance(criterion, probe)).toEqual([]);
    await expect(checkImportance(criterion, plain)).rejects.toMatchObject({ code: "missing-need" });
  });
});
