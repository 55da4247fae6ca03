import "@tensorflow/tfjs-backend-cpu";
import type { Probe } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { batchNormL1, groupLasso, type Penalty } from "@prune/regularization";
import { addGradients, layersModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";

tf.env().set("PROD", true);
beforeAll(() => tf.setBackend("cpu"));

const backend = layersModel();

/** Twelve hidden units for what two can compute. */
function model(normed: boolean): LayersModel {
  const start = (seed: number) => initializers.glorotNormal({ seed });
  return sequential({
    layers: [
      layers.dense({ inputShape: [4], units: 12, activation: "relu", kernelInitializer: start(1) }),
      ...(normed ? [layers.batchNormalization()] : []),
      layers.dense({ units: 1, kernelInitializer: start(2) }),
    ],
  });
}

const xs = tf.randomUniform([64, 4], -1, 1, "float32", 7);
const ys = tf.sum(tf.relu(tf.slice(xs, [0, 0], [64, 2])), 1, true);

/** A training loop of one's own; returns the loss at its end. */
function train(made: LayersModel, steps: number, penalty?: (probe: Probe) => Penalty): number {
  const trace = backend.trace(made);
  const optimizer = tf.train.sgd(0.1);
  const list = made.trainableWeights.map((weight) => weight.read() as tf.Variable);
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const { value, grads } = tf.variableGrads(
      () => tf.losses.meanSquaredError(ys, made.apply(xs, { training: true }) as tf.Tensor) as tf.Scalar,
      list,
    );
    const all = penalty ? addGradients(trace, grads, penalty(backend.probe(made, trace)).gradients) : grads;
    optimizer.applyGradients(all);
    [loss] = value.dataSync() as unknown as [number];
    tf.dispose([value, all]);
  }
  optimizer.dispose();
  return loss;
}

/** Norms of the hidden units over what leaves with them, computed by tfjs. */
const norms = (made: LayersModel): number[] =>
  tf.tidy(() => {
    const [one, , two] = made.trainableWeights.map((weight) => weight.read()) as tf.Tensor[];
    const squares = tf.add(tf.sum(tf.square(one!), 0), tf.sum(tf.square(two!), 1));
    return [...tf.sqrt(squares).dataSync()].sort((a, b) => a - b);
  });

describe("sparse training", () => {
  it("adds the gradients that tfjs itself finds for the penalty", () => {
    const made = model(true);
    const trace = backend.trace(made);
    const { value, gradients } = groupLasso(backend.probe(made, trace), { rate: 0.5 });
    const list = [0, 2, 4].map((i) => made.trainableWeights[i]!.read() as tf.Variable);
    const want = tf.variableGrads(() => {
      const [one, gamma, two] = list as tf.Tensor[];
      const kernels = tf.add(tf.sum(tf.square(one!), 0), tf.sum(tf.square(two!), 1));
      return tf.mul(0.5, tf.sum(tf.sqrt(tf.add(kernels, tf.square(gamma!))))) as tf.Scalar;
    }, list);
    expect(value).toBeCloseTo(want.value.dataSync()[0]!, 5);
    expect(gradients.size).toBe(3);
    const zero = Object.fromEntries(list.map((v) => [v.name, tf.zeros(v.shape)]));
    const sums = addGradients(trace, zero, gradients);
    for (const { name } of list)
      [...sums[name]!.dataSync()].forEach((slope, i) => {
        expect(slope).toBeCloseTo(want.grads[name]!.dataSync()[i]!, 5);
      });
  });

  it("by group lasso leaves few units, which alone compute what was learnt", async () => {
    const [plain, sparse] = [model(false), model(false)];
    const before = train(plain, 500);
    const { numTensors } = tf.memory();
    const after = train(sparse, 500, (probe) => groupLasso(probe, { rate: 0.02 }));
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(after).toBeLessThan(before + 0.02);
    expect(norms(sparse)[7]!).toBeLessThan(norms(plain)[0]! / 20);
    const { model: small } = await prune(sparse, { backend, importance: magnitude(), ratio: 2 / 3 });
    const [a, b] = [sparse, small].map((one) => [...(one.predict(xs) as tf.Tensor).dataSync()]);
    expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThan(0.01);
  }, 60_000);

  it("by network slimming makes the scales of a batch norm small", () => {
    const [plain, sparse] = [model(true), model(true)];
    train(plain, 100);
    train(sparse, 100, (probe) => batchNormL1(probe, { rate: 0.1 }));
    const scales = (made: LayersModel): number =>
      [...made.layers[1]!.weights[0]!.read().dataSync()].reduce((sum, scale) => sum + Math.abs(scale), 0);
    expect(scales(sparse)).toBeLessThan(scales(plain) / 2);
  }, 60_000);
});
