import { fisher, taylor } from "@prune/importance-gradient";
import { onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import * as ort from "onnxruntime-node";
import { expect, test } from "vitest";
import { gradientProbe, train } from "../src/index.js";
import { clouds, perceptron } from "./nets.js";

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
  });
  expect(probe.gradients("w1")?.mean).toHaveLength(6 * 12);
  expect(probe.gradients("nothing")).toBeUndefined();
  for (const importance of [taylor(), fisher()]) {
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
