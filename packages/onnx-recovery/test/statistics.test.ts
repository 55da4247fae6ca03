import type { Kept } from "@prune/graph/advanced";
import { linears } from "@prune/onnx/advanced";
import { collectStatistics } from "@prune/onnx-recovery";
import { ortTwins } from "@prune/onnx-recovery/advanced";
import { lsq, recover } from "@prune/recovery";
import { errorOf, leastSquares } from "@prune/recovery/advanced";
import { createSession, run } from "@prune/runtime-ort";
import { describe, expect, it } from "vitest";
import { batchesOf, network, picked, tensor } from "./networks.js";

/** What a window sees at every position, zeros outside: image by image, channel, row, column. */
function patches(
  data: Float32Array,
  dims: readonly number[],
  k: number,
  stride: number,
  pad: number,
): number[][] {
  const [n, c, h, w] = dims as [number, number, number, number];
  const out = (size: number): number => Math.floor((size + 2 * pad - k) / stride) + 1;
  const rows: number[][] = [];
  for (let i = 0; i < n; i++)
    for (let y = 0; y < out(h); y++)
      for (let x = 0; x < out(w); x++) {
        const row: number[] = [];
        for (let ch = 0; ch < c; ch++)
          for (let ky = 0; ky < k; ky++)
            for (let kx = 0; kx < k; kx++) {
              const [a, b] = [y * stride + ky - pad, x * stride + kx - pad];
              const inside = a >= 0 && b >= 0 && a < h && b < w;
              row.push(inside ? (data[((i * c + ch) * h + a) * w + b] as number) : 0);
            }
        rows.push(row);
      }
  return rows;
}

describe("statistics of layer inputs", () => {
  const samples = batchesOf(3, [2, 4, 6, 5], 10);
  const conv = { op: "Conv", inputs: ["input", "w"], output: "output" };

  it("are those of the patches that a padded, strided convolution sees", async () => {
    const attributes = { pads: [1, 1, 1, 1], strides: [2, 2] };
    const model = network([{ ...conv, attributes }], { w: tensor([3, 4, 3, 3], 1) });
    const found = (await collectStatistics(model, samples, { rows: Infinity })).get("output");
    const rows = samples.flatMap(({ input }) => patches(input.data as Float32Array, input.dims, 3, 2, 1));
    const moments = found?.moments?.[0];
    expect(moments?.count).toBe(rows.length);
    const mean = (j: number): number => rows.reduce((sum, row) => sum + (row[j] as number), 0) / rows.length;
    for (const [i, j] of [
      [0, 0],
      [4, 13],
      [35, 8],
      [20, 20],
    ] as const) {
      const want = rows.reduce(
        (sum, row) => sum + ((row[i] as number) - mean(i)) * ((row[j] as number) - mean(j)),
        0,
      );
      expect(Math.abs((moments?.xx[i * 36 + j] as number) - want)).toBeLessThan(1e-5 * rows.length);
    }
    expect(moments?.meanX[7]).toBeCloseTo(mean(7), 6);
    const values = samples.flatMap(({ input }) =>
      Array.from(input.data as Float32Array).filter((_, i) => Math.floor(i / 30) % 4 === 2),
    );
    expect(found?.channels.magnitude[2]).toBeCloseTo(
      values.reduce((s, v) => s + Math.abs(v), 0) / values.length,
      6,
    );
    expect(found?.channels.inactive[2]).toBeCloseTo(values.filter((v) => v <= 0).length / values.length, 6);
  });

  it("come per group of a grouped convolution", async () => {
    const attributes = { group: 2, pads: [1, 1, 1, 1] };
    const model = network([{ ...conv, attributes }], { w: tensor([6, 2, 3, 3], 1) });
    const found = (await collectStatistics(model, samples, { rows: Infinity })).get("output");
    const rows = samples.flatMap(({ input }) => patches(input.data as Float32Array, input.dims, 3, 1, 1));
    expect(found?.moments).toHaveLength(2);
    const mean = rows.reduce((sum, row) => sum + (row[18 + 5] as number), 0) / rows.length;
    expect(found?.moments?.[1]?.meanX[5]).toBeCloseTo(mean, 6);
  });
});

describe("recovery", () => {
  const kept: Kept = (name) => (name === "hidden" ? [0, 2, 3, 5] : [0, 1, 2]);

  it("of a linear network is the analytic optimum, and repeats bit for bit", async () => {
    const [a, b, bias] = [tensor([4, 6], 1), tensor([6, 3], 2), tensor([3], 3)];
    const steps = [
      { op: "MatMul", inputs: ["input", "a"], output: "hidden" },
      { op: "MatMul", inputs: ["hidden", "b"], output: "product" },
      { op: "Add", inputs: ["product", "bias"], output: "output" },
    ];
    const dense = network(steps, { a, b, bias });
    const left = [0, 2, 3];
    const pruned = network(steps, { a: picked(a, undefined, left), b: picked(b, left, undefined), bias });
    const samples = batchesOf(16, [32, 4], 50);
    const keep: Kept = (name) => (name === "hidden" ? left : [0, 1, 2]);
    // Rounds would move the first layer too.
    const options = { methods: [lsq(0)], rounds: 0 };
    const make = async () => recover(await ortTwins(dense, pruned, keep, samples), options);
    const { model, layers } = await make();
    expect(layers.map(({ result }) => result)).toEqual(["exact", "refitted"]);

    // By hand, in double precision: hidden values to dense outputs.
    const rows = samples.flatMap(({ input }) => chunks(input.data as Float32Array, 4));
    const hidden = rows.map((row) =>
      left.map((h) => row.reduce((s, v, i) => s + v * (a.data[i * 6 + h] as number), 0)),
    );
    const wanted = rows.map((row) =>
      [0, 1, 2].map((o) =>
        Array.from({ length: 6 }, (_, h) =>
          row.reduce((s, v, i) => s + v * (a.data[i * 6 + h] as number), 0),
        ).reduce((s, v, h) => s + v * (b.data[h * 3 + o] as number), bias.data[o] as number),
      ),
    );
    const best = leastSquares(momentsOfRows(hidden, wanted), 0);
    const layer = linears(model).find(({ output }) => output === "output");
    const largest = Math.max(...best.weights.map(Math.abs));
    const near = (v: number, want: number | undefined): void =>
      expect(Math.abs(v - (want as number)) / largest).toBeLessThan(1e-6);
    layer?.weights().forEach((w, i) => {
      near(w, best.weights[i]);
    });
    layer?.bias()?.forEach((v, i) => {
      near(v, best.bias[i]);
    });
    expect(errorOf(momentsOfRows(hidden, wanted), best)).toBeGreaterThan(0);
    expect((await make()).model.source).toEqual(model.source);
  });

  it("never makes a layer's held-out error worse, adds a bias where there is none, and keeps the net's form", async () => {
    const weights = { a: tensor([6, 2, 3, 3], 1), b: tensor([3, 6, 3, 3], 2), s: tensor([3, 2, 1, 1], 4) };
    const steps = [
      { op: "Conv", inputs: ["input", "a"], output: "hidden", attributes: { pads: [1, 1, 1, 1] } },
      { op: "Relu", inputs: ["hidden"], output: "active" },
      { op: "Conv", inputs: ["active", "b"], output: "branch", attributes: { pads: [1, 1, 1, 1] } },
      { op: "Conv", inputs: ["input", "s"], output: "side" },
      { op: "Add", inputs: ["branch", "side"], output: "sum" },
      { op: "Relu", inputs: ["sum"], output: "output" },
    ];
    const dense = network(steps, weights);
    const left = kept("hidden", 1);
    const pruned = network(steps, {
      ...weights,
      a: picked(weights.a, left, undefined),
      b: picked(weights.b, undefined, left),
    });
    const samples = batchesOf(8, [8, 2, 7, 7], 90);
    const { model, layers } = await recover(await ortTwins(dense, pruned, kept, samples));
    for (const { before, after, clipped } of layers) {
      expect(after).toBeLessThanOrEqual(before);
      if (clipped) expect(clipped.after).toBeLessThanOrEqual(clipped.before);
    }
    expect(
      linears(pruned)
        .find(({ output }) => output === "branch")
        ?.bias(),
    ).toBeUndefined();
    expect(
      linears(model)
        .find(({ output }) => output === "branch")
        ?.bias(),
    ).toHaveLength(3);
    const fresh = batchesOf(1, [32, 2, 7, 7], 400)[0]!;
    const outputs = await Promise.all(
      [dense, pruned, model].map(async ({ source }) => {
        const session = await createSession(source);
        return (await run(session, fresh)).output?.data as Float32Array;
      }),
    );
    const [want, cut, mended] = outputs as [Float32Array, Float32Array, Float32Array];
    const off = (y: Float32Array): number => want.reduce((sum, v, i) => sum + (v - (y[i] as number)) ** 2, 0);
    expect(off(mended)).toBeLessThan(0.7 * off(cut));
  });

  it("stops when asked", async () => {
    const dense = network([{ op: "MatMul", inputs: ["input", "a"], output: "output" }], {
      a: tensor([4, 6], 1),
    });
    const twins = await ortTwins(dense, dense, () => [0, 1, 2, 3, 4, 5], batchesOf(2, [8, 4], 5));
    await expect(recover(twins, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });
});

function chunks(data: Float32Array, size: number): number[][] {
  return Array.from({ length: data.length / size }, (_, r) =>
    Array.from(data.subarray(r * size, (r + 1) * size)),
  );
}

function momentsOfRows(x: readonly number[][], y: readonly number[][]): Parameters<typeof leastSquares>[0] {
  const mean = (rows: readonly number[][], i: number): number =>
    rows.reduce((s, r) => s + (r[i] as number), 0) / rows.length;
  const centre = (rows: readonly number[][]): number[][] => {
    const means = (rows[0] as number[]).map((_, i) => mean(rows, i));
    return rows.map((row) => row.map((v, i) => v - (means[i] as number)));
  };
  const [cx, cy] = [centre(x), centre(y)];
  const [n, q] = [x[0]!.length, y[0]!.length];
  const sums = (a: number[][], b: number[][], p: number, r: number): Float64Array =>
    Float64Array.from({ length: p * r }, (_, k) =>
      a.reduce(
        (s, row, t) => s + (row[Math.floor(k / r)] as number) * ((b[t] as number[])[k % r] as number),
        0,
      ),
    );
  return {
    inputs: n,
    targets: q,
    count: x.length,
    meanX: Float64Array.from({ length: n }, (_, i) => mean(x, i)),
    meanY: Float64Array.from({ length: q }, (_, i) => mean(y, i)),
    xx: sums(cx, cx, n, n),
    xy: sums(cx, cy, n, q),
    yy: Float64Array.from({ length: q }, (_, o) => cy.reduce((s, row) => s + (row[o] as number) ** 2, 0)),
  };
}
