import { collectStatistics } from "@prune/onnx-recovery";
import { ortTwins } from "@prune/onnx-recovery/advanced";
import { recover } from "@prune/recovery";
import { describe, expect, it } from "vitest";
import { batchesOf, network, tensor } from "./networks.js";

const attributes = { pads: [1, 1, 1, 1] };
const weights = { w: tensor([6, 4, 3, 3], 1), v: tensor([3, 6, 1, 1], 2), a: tensor([60, 5], 3) };
const layers = [
  { op: "Conv", inputs: ["input", "w"], output: "first", attributes },
  { op: "Relu", inputs: ["first"], output: "active" },
  { op: "Conv", inputs: ["active", "v"], output: "second" },
  { op: "Flatten", inputs: ["second"], output: "flat" },
  { op: "MatMul", inputs: ["flat", "a"], output: "output" },
];
const samples = batchesOf(4, [3, 4, 4, 5], 10);
const count = (n: number) => Array.from({ length: n }, (_, i) => i);
const whole = (name: string) =>
  count({ first: 6, second: 3, output: 5, input: 4, active: 6, flat: 60 }[name] ?? 0);

describe("statistics that are appended to a model", () => {
  it.each([7, 10, 13, 18, 21])("are the same at opset %i", async (opset) => {
    const [found, same] = await Promise.all(
      [opset, 13].map((version) => collectStatistics(network(layers, weights, { opset: version }), samples)),
    );
    expect([...found!.keys()]).toEqual(["first", "second", "output"]);
    for (const [name, { moments, channels }] of found!) {
      expect(moments).toEqual(same!.get(name)?.moments);
      expect(channels).toEqual(same!.get(name)?.channels);
    }
  });

  it.each([7, 18])("recover a network at opset %i", async (opset) => {
    const dense = network(layers, weights, { opset });
    const spoilt = network(layers, { ...weights, v: tensor([3, 6, 1, 1], 9) }, { opset });
    const result = await recover(await ortTwins(dense, spoilt, whole, samples, { rows: Infinity }));
    expect(result.layers.map(({ layer, result: what }) => [layer, what])).toEqual([
      ["first", "exact"],
      ["second", "refitted"],
      ["output", "exact"],
    ]);
    expect(result.layers[1]?.after).toBeLessThan(1e-5);
  });

  it("are shared by layers that read one tensor alike", async () => {
    const model = network(
      [
        { op: "MatMul", inputs: ["input", "q"], output: "one" },
        { op: "MatMul", inputs: ["input", "k"], output: "two" },
        { op: "Add", inputs: ["one", "two"], output: "output" },
      ],
      { q: tensor([4, 3], 1), k: tensor([4, 3], 2) },
    );
    const found = await collectStatistics(model, batchesOf(3, [8, 4], 1));
    expect(found.get("one")?.moments).toBe(found.get("two")?.moments);
    expect(found.get("one")?.moments?.[0]?.count).toBe(24);
  });

  it("take a vector for one row", async () => {
    const model = network(
      [
        { op: "ReduceMean", inputs: ["input"], output: "mean", attributes: { axes: [0], keepdims: 0 } },
        { op: "MatMul", inputs: ["mean", "q"], output: "output" },
      ],
      { q: tensor([4, 3], 1) },
    );
    const found = (await collectStatistics(model, batchesOf(3, [8, 4], 1))).get("output");
    expect(found?.channels.count).toBe(3);
    expect(found?.moments?.[0]?.count).toBe(3);
    found?.channels.mean.forEach((mean, c) => {
      expect(mean).toBeCloseTo(found.moments?.[0]?.meanX[c] as number, 6);
    });
  });

  it("are left out, with the reason, where the shape of an input follows from values", async () => {
    const model = network(
      [
        { op: "MatMul", inputs: ["input", "q"], output: "first" },
        { op: "ReduceMax", inputs: ["input"], output: "most", attributes: { axes: [1], keepdims: 0 } },
        { op: "Greater", inputs: ["most", "one"], output: "some" },
        { op: "Compress", inputs: ["first", "some"], output: "some rows", attributes: { axis: 0 } },
        { op: "MatMul", inputs: ["some rows", "k"], output: "output" },
      ],
      { q: tensor([4, 3], 1), k: tensor([3, 3], 2), one: { shape: [], data: Float32Array.of(1) } },
    );
    const batches = batchesOf(4, [16, 4], 5);
    const kept = (name: string) => count(name === "input" ? 4 : 3);
    const { skipped, layers: fitted } = await recover(await ortTwins(model, model, kept, batches));
    expect(fitted.map(({ layer }) => layer)).toEqual(["first"]);
    expect(skipped).toEqual([
      { layer: "output", reason: "the shape of its input follows from the samples' values" },
    ]);
    expect((await collectStatistics(model, batches)).get("output")?.moments).toBeUndefined();
  });

  it("are taken of the original's rows that are left, where heads are rows", async () => {
    const ints = (...values: number[]) => ({
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
    const perHead = (w: ReturnType<typeof tensor>, heads: number[]) =>
      network(
        [
          { op: "Reshape", inputs: ["input", "split"], output: "all heads" },
          { op: "Gather", inputs: ["all heads", "left"], output: "heads", attributes: { axis: 1 } },
          { op: "MatMul", inputs: ["heads", "w"], output: "output" },
        ],
        { split: ints(0, 3, 4), left: ints(...heads), w },
      );
    const kept = (name: string, dim: number) => (dim === 1 ? [0, 2] : count(name === "output" ? 5 : 4));
    const [w, other] = [tensor([4, 5], 1), tensor([4, 5], 2)];
    const twins = await ortTwins(
      perHead(w, [0, 1, 2]),
      perHead(other, [0, 2]),
      kept,
      batchesOf(4, [8, 12], 3),
    );
    const [report] = (await recover(twins)).layers;
    expect(report?.result).toBe("refitted");
    expect(report?.after).toBeLessThan(1e-5);
    const unknown = (name: string, dim: number) => (dim === 1 ? undefined : kept(name, dim));
    const lost = await ortTwins(
      perHead(w, [0, 1, 2]),
      perHead(other, [0, 2]),
      unknown,
      batchesOf(4, [8, 12], 3),
    );
    expect(lost.skipped).toEqual([
      { layer: "output", reason: "which of the original's rows are left is not known" },
    ]);
  });

  it("name a tensor that was not announced to a walk", async () => {
    const model = network(layers, weights);
    const twins = await ortTwins(model, model, whole, samples);
    await twins.observe("first");
    await expect(twins.observe("first")).rejects.toThrow(/not announced/);
  });
});
