import { type Model, onnx, readModel } from "@prune/onnx";
import { mergeChannels } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import { describe, expect, it } from "vitest";
import { float32, type TinyNode, tinyModel } from "../../runtime-ort/test/tiny-model.js";
import { batchesOf, tensor } from "./networks.js";

const list = (shape: readonly number[], seed: number) => ({
  shape,
  values: Array.from(tensor(shape, seed).data),
});

/** Rows of the last that are those of the first. */
function doubled({ shape, values }: ReturnType<typeof list>, noise = 0): ReturnType<typeof list> {
  const each = values.length / (shape[0] as number);
  const copy = values.slice(0, each).map((v, i) => v + noise * Math.sin(i + 1));
  return { shape, values: [...values.slice(0, -each), ...copy] };
}

const backend = onnx();

/** conv of 6 channels, BatchNormalization, Relu, conv of 3 channels. */
function network(
  noise = 0,
  middle: readonly TinyNode[] = [{ op: "Relu", inputs: ["n"], outputs: ["r"] }],
): Model {
  const positive = (values: number[]) => values.map((v) => 0.5 + Math.abs(v));
  const [g, v] = [doubled(list([6], 3)), doubled(list([6], 6))];
  return readModel(
    tinyModel({
      inputs: [{ name: "input", type: float32, shape: ["n", 4, 5, 5] }],
      outputs: [{ name: "output", type: float32, shape: ["n", 3, 3, 3] }],
      nodes: [
        { op: "Conv", inputs: ["input", "a"], outputs: ["c"] },
        { op: "BatchNormalization", inputs: ["c", "g", "beta", "mean", "variance"], outputs: ["n"] },
        ...middle,
        { op: "Conv", inputs: ["r", "w", "b"], outputs: ["output"] },
      ],
      weights: [
        { name: "a", ...doubled(list([6, 4, 3, 3], 1), noise) },
        { name: "g", shape: [6], values: positive(g.values) },
        { name: "beta", ...doubled(list([6], 4)) },
        { name: "mean", ...doubled(list([6], 5)) },
        { name: "variance", shape: [6], values: positive(v.values) },
        { name: "w", ...list([3, 6, 1, 1], 7) },
        { name: "b", ...list([3], 8) },
      ],
    }),
  );
}

async function errors(original: Model) {
  const trace = backend.trace(original);
  const cut = trace.cut({ units: [trace.families[0]?.units[5] as number], atoms: [] });
  const smaller = backend.cut(original, trace, cut);
  const { model, layers } = mergeChannels({ original, smaller, cut });
  const samples = batchesOf(1, [32, 4, 5, 5], 20);
  const [want, removed, merged] = await Promise.all(
    [original, smaller, model].map(async (net) => (await answersOf(net, samples)).values),
  );
  const off = (values: Float64Array | undefined): number =>
    (want as Float64Array).reduce((sum, v, i) => sum + (v - (values?.[i] as number)) ** 2, 0) /
    (want as Float64Array).reduce((sum, v) => sum + v * v, 0);
  return { removed: off(removed), merged: off(merged), layers, model, smaller };
}

describe("merging channels in place of removing them", () => {
  it("is exact for channels that hold the same", async () => {
    const { removed, merged, layers } = await errors(network());
    expect(layers).toEqual([{ layer: "c", merged: 1, removed: 0 }]);
    expect(removed).toBeGreaterThan(1e-3);
    expect(merged).toBeLessThan(1e-10);
  });

  it("is nearer than removing for channels that hold nearly the same", async () => {
    const { removed, merged } = await errors(network(0.1));
    expect(merged).toBeLessThan(0.2 * removed);
    expect(merged).toBeGreaterThan(0);
  });

  it("leaves alone what is read by more than layers", async () => {
    const beside: readonly TinyNode[] = [
      { op: "Relu", inputs: ["n"], outputs: ["r0"] },
      { op: "ReduceSum", inputs: ["r0"], outputs: ["all"] },
      { op: "Mul", inputs: ["r0", "all"], outputs: ["r"] },
    ];
    const { layers, model, smaller } = await errors(network(0, beside));
    expect(layers).toEqual([]);
    expect(model.source).toEqual(smaller.source);
  });
});
