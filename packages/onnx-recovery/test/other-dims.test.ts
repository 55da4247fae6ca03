import { keptBy } from "@prune/graph/advanced";
import { onnx, readModel } from "@prune/onnx";
import { mergeChannels, recoverModel } from "@prune/onnx-recovery";
import { compensateMeans } from "@prune/onnx-recovery/advanced";
import { describe, expect, it } from "vitest";
import { float32, tinyModel } from "../../runtime-ort/test/tiny-model.js";
import { batchesOf, tensor } from "./networks.js";

const list = (name: string, shape: readonly number[], seed: number) => ({
  name,
  shape,
  values: Array.from(tensor(shape, seed).data),
});
const positive = (name: string, shape: readonly number[], seed: number) => ({
  ...list(name, shape, seed),
  values: Array.from(tensor(shape, seed).data, (v) => 1 + Math.abs(v)),
});

/** Three products over rows of 4 positions; a BatchNormalization of the positions behind the first two. */
function network(units: number) {
  const norm = (x: string, y: string) => ({
    op: "BatchNormalization",
    inputs: [x, "g", "s", "m", "v"],
    outputs: [y],
  });
  return readModel(
    tinyModel({
      inputs: [{ name: "input", type: float32, shape: ["n", 4, 5] }],
      outputs: [{ name: "output", type: float32, shape: ["n", 4, 3] }],
      nodes: [
        { op: "MatMul", inputs: ["input", "a"], outputs: ["h"] },
        norm("h", "hn"),
        { op: "Relu", inputs: ["hn"], outputs: ["hr"] },
        { op: "MatMul", inputs: ["hr", "b"], outputs: ["k"] },
        norm("k", "kn"),
        { op: "Relu", inputs: ["kn"], outputs: ["kr"] },
        { op: "MatMul", inputs: ["kr", "c"], outputs: ["output"] },
      ],
      weights: [
        list("a", [5, 10], 1),
        list("b", [10, units], 2),
        list("c", [units, 3], 3),
        positive("g", [4], 4),
        list("s", [4], 5),
        list("m", [4], 6),
        positive("v", [4], 7),
      ],
    }),
  );
}

describe("a BatchNormalization of positions, not of channels", () => {
  // As many channels as positions look alike.
  it.each([12, 4])("is no scale of a product's %i channels", async (units) => {
    const backend = onnx();
    const original = network(units);
    const trace = backend.trace(original);
    const hidden = trace.families.find((family) => family.units.length === 10)?.units ?? [];
    const cut = trace.cut({ units: [hidden[1] as number, hidden[4] as number], atoms: [] });
    const smaller = backend.cut(original, trace, cut);
    const pruned = { original, smaller, cut };
    const { report } = await recoverModel(pruned, batchesOf(10, [32, 4, 5], 20));
    expect(report.result).toBe("recovered");
    expect(report.layers.map(({ clipped }) => clipped)).toEqual([undefined, undefined, undefined]);
    expect(mergeChannels(pruned).layers).toEqual([]);
    expect(compensateMeans(original, smaller, keptBy(cut)).source).toEqual(smaller.source);
  });
});
