import { fisher, obd, taylor } from "@prune/importance-gradient";
import { onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { gradientProbe, train } from "../src/index.js";
import { classes, clouds, perceptron } from "./nets.js";

test("taylor and fisher score units of ONNX models: what the loss does not miss leaves first", async () => {
  const data = clouds();
  const trained = await train(perceptron({ hidden: 12 }), { ort, data, batch: 24, epochs: 15, rate: 0.1 });
  const model = readModel(trained.bytes);
  const backend = onnx();
  const trace = backend.trace(model);
  const probe = await gradientProbe(model, backend.probe(model, trace), {
    ort,
    data,
    batch: 1,
    samples: 120,
    see: ["gradients", "curvature"],
  });
  expect(probe.gradients("w1")?.mean).toHaveLength(6 * 12);
  expect(probe.gradients("nothing")).toBeUndefined();
  for (const importance of [taylor(), fisher(), obd()]) {
    const lossAt = async (flip: boolean): Promise<number> => {
      const scored = {
        ...importance,
        score: async (...given: Parameters<typeof importance.score>) => {
          const scores = await importance.score(...given);
          return flip ? scores.map((score) => -score) : scores;
        },
      };
      const pruned = await prune(model, {
        backend: { ...backend, probe: () => probe },
        importance: scored,
        ratio: 0.5,
      });
      const look = await train(pruned.model, { ort, data, batch: 24, steps: 1, rate: 1e-12 });
      return look.curve[0]?.loss as number;
    };
    expect(await lossAt(false)).toBeLessThan(await lossAt(true));
  }
}, 60_000);

test("the mean is the gradient over all samples, the square that of each", async () => {
  const data = clouds({ count: 20 });
  const backend = onnx();
  const model = perceptron();
  const probeOf = (batch: number) =>
    gradientProbe(model, backend.probe(model, backend.trace(model)), { ort, data, batch, samples: 20 });
  const [one, all] = [await probeOf(1), await probeOf(20)];
  one.gradients("w2")?.mean.forEach((g, i) => {
    expect(g).toBeCloseTo(all.gradients("w2")?.mean[i] as number, 5);
    expect(one.gradients("w2")?.square[i]).toBeGreaterThanOrEqual(g * g - 1e-9);
  });
});

test("the curvature is the cross entropy's own where the scores are linear, without labels", async () => {
  const [hidden, outputs, count] = [8, classes, 4000];
  const data = clouds({ count });
  const model = perceptron({ hidden });
  const backend = onnx();
  const weights = backend.probe(model, backend.trace(model));
  const { labels: _, ...unlabelled } = data;
  const probe = await gradientProbe(model, weights, {
    ort,
    data: unlabelled,
    see: ["curvature"],
    samples: count,
    batch: 4,
  });
  // By the last layer's weights the scores are linear: there the Gauss-Newton matrix is the Hessian, for all labels.
  const x = (await data.read(Int32Array.from({ length: count }, (_, i) => i))).feeds.x!;
  const inputs = x.dims[1] as number;
  const [w1, w2] = ["w1", "w2"].map((name) => weights.weights(name)?.data as Float32Array) as [
    Float32Array,
    Float32Array,
  ];
  const times = (row: ArrayLike<number>, w: Float32Array, width: number): number[] =>
    Array.from({ length: width }, (_, o) =>
      Array.from(row).reduce((sum, value, i) => sum + value * (w[i * width + o] as number), 0),
    );
  const exact = new Float64Array(hidden * outputs);
  for (let row = 0; row < count; row++) {
    const own = (x.data as Float32Array).subarray(row * inputs, (row + 1) * inputs);
    const units = times(own, w1, hidden).map((value) => Math.max(0, value));
    const powers = times(units, w2, outputs).map(Math.exp);
    const total = powers.reduce((a, b) => a + b);
    exact.forEach((sum, place) => {
      const p = (powers[place % outputs] as number) / total;
      exact[place] = sum + ((units[Math.floor(place / outputs)] as number) ** 2 * p * (1 - p)) / count;
    });
  }
  const found = probe.curvature("w2") as Float32Array;
  const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
  expect(sum(found) / sum(exact)).toBeGreaterThan(0.95);
  expect(sum(found) / sum(exact)).toBeLessThan(1.05);
  expect(correlation(found, exact)).toBeGreaterThan(0.98);
}, 60_000);

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((x, y) => x + y, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}
