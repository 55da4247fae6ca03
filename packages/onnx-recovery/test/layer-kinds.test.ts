import type { Kept } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { linearLayers } from "@prune/onnx/advanced";
import { collectStatistics, recoverModel } from "@prune/onnx-recovery";
import { ortTwins, refitSymmetric } from "@prune/onnx-recovery/advanced";
import { type LayerReport, lsq, recover } from "@prune/recovery";
import { toHalf } from "@prune/samples/advanced";
import { describe, expect, it } from "vitest";
import { batchesOf, network, picked, type Step, type Tensor, tensor } from "./networks.js";

const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Everything is left. */
const whole =
  (model: Model): Kept =>
  (name) => {
    const layer = linearLayers(model).find(({ output, input }) => output === name || input === name);
    return layer && count(layer.output === name ? layer.outputs : layer.inputs);
  };

const steps = (op: string, attributes: Step["attributes"] = {}, bias = true): Step[] => [
  { op, inputs: bias ? ["input", "w", "b"] : ["input", "w"], output: "output", attributes },
];

describe("a layer with spoilt weights gets those back that made the outputs", () => {
  it.each<[string, Step[], number[], number[], number]>([
    ["Conv", steps("Conv", { pads: [1, 1, 1, 1] }), [3, 4, 3, 3], [4, 4, 7, 6], 3],
    [
      "Conv with strides and dilations",
      steps("Conv", { strides: [2, 1], dilations: [1, 2] }),
      [3, 4, 3, 3],
      [8, 4, 9, 9],
      3,
    ],
    ["Conv of a line", steps("Conv", { pads: [2, 1] }), [3, 4, 5], [8, 4, 30], 3],
    ["Conv of a space", steps("Conv"), [3, 2, 2, 2, 2], [4, 2, 4, 5, 4], 3],
    ["grouped Conv", steps("Conv", { group: 2, pads: [1, 1, 1, 1] }), [6, 2, 3, 3], [4, 4, 7, 7], 6],
    ["depthwise Conv", steps("Conv", { group: 4, pads: [1, 1, 1, 1] }), [4, 1, 3, 3], [4, 4, 7, 7], 4],
    [
      "ConvTranspose",
      steps("ConvTranspose", { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }),
      [4, 3, 3, 3],
      [6, 4, 5, 6],
      3,
    ],
    [
      "ConvTranspose with dilations",
      steps("ConvTranspose", { dilations: [2, 1] }),
      [4, 3, 2, 3],
      [6, 4, 6, 6],
      3,
    ],
    [
      "grouped ConvTranspose",
      steps("ConvTranspose", { group: 2, strides: [2, 1] }),
      [4, 3, 2, 2],
      [6, 4, 6, 6],
      6,
    ],
    ["Gemm", steps("Gemm", { transB: 1 }), [3, 5], [64, 5], 3],
  ])("%s", async (_, nodes, shape, input, outputs) => {
    const b = tensor([outputs], 2);
    const dense = network(nodes, { w: tensor(shape, 1), b });
    const spoilt = network(nodes, { w: tensor(shape, 5), b: tensor([outputs], 6) });
    const twins = await ortTwins(dense, spoilt, whole(dense), batchesOf(8, input, 9), { rows: Infinity });
    const { model, layers } = await recover(twins, { methods: [lsq(0)] });
    expect(layers[0]?.result).toBe("refitted");
    expect(layers[0]?.after).toBeLessThan(1e-9);
    const [want, found] = [dense, model].map((net) => linearLayers(net)[0]?.weights());
    want?.forEach((w, i) => {
      expect(found?.[i]).toBeCloseTo(w, 4);
    });
  });

  it("float16 too, as float16", async () => {
    const half = (t: Tensor) => ({ shape: t.shape, data: Uint16Array.from(t.data, toHalf) });
    const make = (seed: number) =>
      network(
        steps("Gemm"),
        { w: half(tensor([5, 3], seed)), b: half(tensor([3], seed + 1)) },
        { inputType: 10 },
      );
    const samples = batchesOf(8, [64, 5], 9).map(({ input }) => ({
      input: {
        type: "float16" as const,
        dims: input.dims,
        data: Uint16Array.from(input.data as Float32Array, toHalf),
      },
    }));
    const [dense, spoilt] = [make(1), make(5)];
    const { model, layers } = await recover(await ortTwins(dense, spoilt, whole(dense), samples));
    expect(layers[0]?.after).toBeLessThan(1e-5);
    expect(linearLayers(model)[0]?.place.matrix.weight.dtype).toBe("float16");
    const [want, found] = [dense, model].map((net) => linearLayers(net)[0]?.weights());
    want?.forEach((w, i) => {
      expect(Math.abs((found?.[i] as number) - w)).toBeLessThan(5e-3);
    });
  });
});

describe("layers with too many inputs", () => {
  // Six channels that three make: four of them tell the others.
  const nodes: Step[] = [
    { op: "Conv", inputs: ["input", "a"], output: "hidden" },
    { op: "Conv", inputs: ["hidden", "w"], output: "output" },
  ];
  const weights = { a: tensor([6, 3, 1, 1], 1), w: tensor([4, 6, 3, 3], 2) };
  const left = [0, 2, 3, 5];
  const dense = network(nodes, weights);
  const pruned = network(nodes, {
    a: picked(weights.a, left, undefined),
    w: picked(weights.w, undefined, left),
  });
  const kept: Kept = (name) => (name === "hidden" ? left : name === "input" ? [0, 1, 2] : count(4));
  const samples = batchesOf(8, [4, 3, 8, 8], 9);
  const last = (layers: readonly LayerReport[]) => layers.at(-1) as LayerReport;

  it("are refitted by channel, judged by their own outputs", async () => {
    const { layers, model } = await recover(await ortTwins(dense, pruned, kept, samples, { maxInputs: 6 }));
    expect(last(layers).methods).toEqual(["lsq 0.00001, by channel"]);
    expect(last(layers).after).toBeLessThan(1e-6);
    expect(last(layers).before).toBeGreaterThan(0.05);
    const again = await recover(await ortTwins(dense, model, kept, samples));
    expect(again.layers.every(({ before }) => before < 1e-5)).toBe(true);
  });

  it("or by output where there are too many channels, and never get worse", async () => {
    const { layers } = await recover(await ortTwins(dense, pruned, kept, samples, { maxInputs: 3 }));
    expect(last(layers).methods[0]).toMatch(/by output/);
    expect(last(layers).after).toBeLessThan(last(layers).before);
  });

  it("are known by channel to what needs statistics of the dense model alone", async () => {
    const statistics = await collectStatistics(dense, samples, { maxInputs: 6 });
    expect(statistics.get("output")?.byChannel).toBe(true);
    const mended = refitSymmetric(statistics, pruned, kept, 1e-6);
    const again = await recover(await ortTwins(dense, mended, kept, samples));
    expect(again.layers.every(({ before }) => before < 1e-5)).toBe(true);
  });

  it("give the same whether activations are held or made again", async () => {
    const [a, b] = await Promise.all(
      [2 ** 30, 0].map(async (held) => recover(await ortTwins(dense, pruned, kept, samples, { held }))),
    );
    b?.layers.forEach(({ after }, i) => {
      expect(after).toBeCloseTo(a?.layers[i]?.after as number, 7);
    });
  });
});

describe("what recovery can't do", () => {
  it("is named with the reason", async () => {
    const nodes: Step[] = [
      { op: "DequantizeLinear", inputs: ["q", "scale"], output: "w" },
      { op: "MatMul", inputs: ["input", "w"], output: "first" },
      { op: "Mul", inputs: ["v", "g"], output: "vg" },
      { op: "MatMul", inputs: ["first", "vg"], output: "output" },
    ];
    const scalar = (value: number) => ({ shape: [], data: Float32Array.of(value) });
    const q = { shape: [4, 4], data: Int8Array.from({ length: 16 }, (_, i) => i - 8) };
    const model = network(nodes, { q, scale: scalar(0.1), v: tensor([4, 4], 1), g: scalar(2) });
    const { skipped, layers } = await recover(
      await ortTwins(model, model, () => count(4), batchesOf(3, [8, 4], 1)),
    );
    expect(layers).toEqual([]);
    expect(skipped).toEqual([
      { layer: "first", reason: "its weights are integers behind DequantizeLinear" },
      { layer: "output", reason: "its weights are computed by Mul, not stored" },
    ]);
  });

  const model = network([{ op: "MatMul", inputs: ["input", "w"], output: "output" }], {
    w: tensor([4, 3], 1),
  });
  const cut = { layout: () => undefined } as never;
  const refused = (samples: Parameters<typeof recoverModel>[1]) =>
    expect(recoverModel({ original: model, smaller: model, cut }, samples)).rejects;
  const [batch] = batchesOf(1, [8, 4], 1);

  it("is refused: too few samples, samples that don't fit, labels", async () => {
    await refused([]).toMatchObject({ code: "samples-few" });
    const other = { ...batch!, labels: batch!.input };
    await refused([other, other, other]).toMatchObject({
      code: "samples-misfit",
      detail: { input: "labels" },
    });
    await refused([{}, {}, {}]).toMatchObject({ code: "samples-misfit", detail: { input: "input" } });
    const bytes = { input: { ...batch!.input, type: "uint8" as const, data: new Uint8Array(32) } };
    await refused([bytes, bytes, bytes]).toMatchObject({ code: "samples-misfit" });
  });

  it("is refused: activations that are not numbers, the cut of another model", async () => {
    const spoilt = { input: { ...batch!.input, data: new Float32Array(32).fill(Number.NaN) } };
    const twins = await ortTwins(model, model, whole(model), [spoilt, spoilt]);
    await expect(recover(twins)).rejects.toMatchObject({ code: "not-finite" });
    await expect(ortTwins(model, model, () => [0], [batch!])).rejects.toThrow(/does not belong/);
  });
});
