import { compensateMeans } from "@prune/onnx-recovery/advanced";
import { expectedRelu } from "@prune/recovery/advanced";
import { createSession, run } from "@prune/runtime-ort";
import { describe, expect, it } from "vitest";
import { batchesOf, network, normals, picked, tensor } from "./networks.js";

describe("compensating means without samples", () => {
  it("knows the mean of what passes a Relu", () => {
    const normal = normals(5);
    for (const [mean, deviation] of [
      [0.3, 1.2],
      [-1, 0.5],
      [2, 0.1],
      [-0.4, 0],
    ] as const) {
      let sum = 0;
      for (let i = 0; i < 200_000; i++) sum += Math.max(0, mean + deviation * normal());
      expect(Math.abs(sum / 200_000 - expectedRelu(mean, deviation))).toBeLessThan(5e-3);
    }
    expect(expectedRelu(0, 1)).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 7);
  });

  it("keeps the means of the outputs where channels leave", async () => {
    const identity = {
      shape: [6, 6, 1, 1],
      data: Float32Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
    };
    const ones = { shape: [6], data: new Float32Array(6).fill(1) };
    const zeros = { shape: [6], data: new Float32Array(6) };
    const [g, beta, w] = [tensor([6], 1), tensor([6], 2), tensor([3, 6, 1, 1], 3)];
    const steps = [
      { op: "Conv", inputs: ["input", "a"], output: "hidden" },
      { op: "BatchNormalization", inputs: ["hidden", "g", "beta", "zero", "one"], output: "norm" },
      { op: "Relu", inputs: ["norm"], output: "active" },
      { op: "Conv", inputs: ["active", "w"], output: "output" },
    ];
    const dense = network(steps, { a: identity, g, beta, zero: zeros, one: ones, w });
    const left = [1, 4];
    const some = (t: { readonly data: Float32Array }) => ({
      shape: [2],
      data: Float32Array.from(left, (i) => t.data[i] as number),
    });
    const pruned = network(steps, {
      a: picked(identity, left, undefined),
      g: some(g),
      beta: some(beta),
      zero: some(zeros),
      one: some(ones),
      w: picked(w, undefined, left),
    });
    const mended = compensateMeans(dense, pruned, (name) => (name === "output" ? [0, 1, 2] : left));
    const feeds = batchesOf(1, [16, 6, 24, 24], 7)[0]!;
    const means = async (source: Uint8Array): Promise<number[]> => {
      const data = (await run(await createSession(source), feeds)).output?.data as Float32Array;
      return [0, 1, 2].map(
        (o) => data.reduce((s, v, i) => s + (Math.floor(i / 576) % 3 === o ? v : 0), 0) / (16 * 576),
      );
    };
    const [want, cut, now] = await Promise.all([dense, pruned, mended].map(({ source }) => means(source)));
    want?.forEach((m, o) => {
      expect(Math.abs(m - (now?.[o] as number))).toBeLessThan(0.05);
    });
    expect(Math.max(...(want ?? []).map((m, o) => Math.abs(m - (cut?.[o] as number))))).toBeGreaterThan(0.3);
  });

  it("leaves a model alone where no BatchNormalization tells means", () => {
    const steps = [
      { op: "Conv", inputs: ["input", "a"], output: "hidden" },
      { op: "Relu", inputs: ["hidden"], output: "active" },
      { op: "Conv", inputs: ["active", "w"], output: "output" },
    ];
    const [a, w] = [tensor([6, 6, 1, 1], 1), tensor([3, 6, 1, 1], 3)];
    const pruned = network(steps, { a: picked(a, [1, 4], undefined), w: picked(w, undefined, [1, 4]) });
    const kept = (name: string) => (name === "output" ? [0, 1, 2] : [1, 4]);
    expect(compensateMeans(network(steps, { a, w }), pruned, kept)).toBe(pruned);
  });
});
