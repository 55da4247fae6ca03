import "@tensorflow/tfjs-backend-cpu";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { pruneInSteps } from "@prune/pruner/advanced";
import { layersModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, expect, it } from "vitest";

tf.env().set("PROD", true);
beforeAll(() => tf.setBackend("cpu"));

const xs = tf.randomUniform([64, 4], -1, 1, "float32", 7);
const ys = tf.sum(tf.abs(xs), 1, true);

const model = (): LayersModel =>
  sequential({
    layers: [
      layers.dense({
        inputShape: [4],
        units: 16,
        activation: "relu",
        kernelInitializer: initializers.glorotNormal({ seed: 1 }),
      }),
      layers.dense({ units: 1, kernelInitializer: initializers.glorotNormal({ seed: 2 }) }),
    ],
  });

async function fit(made: LayersModel): Promise<void> {
  made.compile({ optimizer: tf.train.adam(0.03), loss: "meanSquaredError" });
  await made.fit(xs, ys, { epochs: 40, batchSize: 64, verbose: 0 });
}

const lossOf = (made: LayersModel): number =>
  tf.losses.meanSquaredError(ys, made.predict(xs) as tf.Tensor).dataSync()[0] as number;

it("prunes in steps a model that is trained in between", async () => {
  const backend = layersModel();
  const options = { backend, importance: magnitude(), ratio: 0.5 };
  const whole = model();
  await fit(whole);
  const once = (await prune(whole, options)).model;
  const losses: number[] = [];
  let last = whole;
  for await (const step of pruneInSteps(whole, { ...options, steps: 3 })) {
    losses.push(lossOf(step.model));
    await fit(step.model);
    losses.push(lossOf(step.model));
    last = step.model;
  }
  expect(losses).toHaveLength(6);
  for (const [i, loss] of losses.entries()) if (i % 2 === 1) expect(loss).toBeLessThan(losses[i - 1]!);
  expect(last.layers[0]!.getConfig().units).toBe(8);
  expect(once.layers[0]!.getConfig().units).toBe(8);
  expect(losses.at(-1)!).toBeLessThan(lossOf(once) / 2);
}, 60_000);
