import { lsq, recover } from "@prune/recovery";
import { inlineSolver } from "@prune/recovery/advanced";
import { layersModel } from "@prune/tfjs";
import { tfjsTwins } from "@prune/tfjs/recovery";
import * as tf from "@tensorflow/tfjs-core";
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { lively } from "./lively.js";
import { randomNumbers } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("wasm"));

const backend = layersModel();

const batchesOf = (count: number, shape: readonly number[], seed = 50): { xs: tf.Tensor }[] =>
  Array.from({ length: count }, (_, b) => {
    const size = shape.reduce((a, n) => a * n, 1);
    return { xs: tf.tensor(randomNumbers(seed + b, size), [...shape]) };
  });

/** Takes every third unit of every family. */
function cutOf(model: LayersModel) {
  const trace = backend.trace(model);
  const units = trace.families.flatMap((family) => Array.from(family.units).filter((_, i) => i % 3 === 0));
  const cut = trace.cut({ units, atoms: [] });
  return { cut, smaller: backend.cut(model, trace, cut) };
}

const weightsOf = (model: LayersModel): number[] =>
  model.getWeights().flatMap((w) => Array.from(w.dataSync()));

describe("recovering a LayersModel", { timeout: 30_000 }, () => {
  const image = [6, 6, 3];
  const convNet = (): LayersModel =>
    lively(
      sequential({
        layers: [
          layers.conv2d({
            inputShape: image,
            filters: 9,
            kernelSize: 3,
            padding: "same",
            activation: "relu",
          }),
          layers.depthwiseConv2d({ kernelSize: 3, padding: "same" }),
          layers.conv2d({ filters: 9, kernelSize: 3, strides: 2, useBias: false, activation: "relu" }),
          layers.flatten(),
          layers.dense({ units: 4, activation: "softmax" }),
        ],
      }),
    );

  it("brings it closer to the original on samples that it has not seen; inputs stay as they are", async () => {
    const model = convNet();
    const { cut, smaller } = cutOf(model);
    const before = weightsOf(smaller);
    const batches = batchesOf(8, [32, ...image]);
    const {
      model: mended,
      layers: reports,
      skipped,
    } = await recover(await tfjsTwins(model, smaller, cut, batches));
    for (const { before: was, after, clipped } of reports) {
      expect(after).toBeLessThanOrEqual(was);
      if (clipped) expect(clipped.after).toBeLessThanOrEqual(clipped.before);
    }
    expect(reports.some(({ clipped }) => clipped)).toBe(true);
    expect(skipped).toEqual([]);
    expect(weightsOf(smaller)).toEqual(before);
    const [fresh] = batchesOf(1, [64, ...image], 900);
    const [want, cutOnly, found] = [model, smaller, mended].map(
      (net) => (net.predict(fresh!.xs) as tf.Tensor).dataSync() as Float32Array,
    ) as [Float32Array, Float32Array, Float32Array];
    const off = (y: Float32Array): number => want.reduce((sum, v, i) => sum + (v - (y[i] as number)) ** 2, 0);
    expect(off(found)).toBeLessThan(0.6 * off(cutOnly));
  });

  it("of linear layers is the analytic optimum, and repeats bit for bit", async () => {
    const model = lively(
      sequential({
        layers: [layers.dense({ inputShape: [5], units: 6 }), layers.dense({ units: 3, useBias: false })],
      }),
    );
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(8, [64, 5]);
    const make = async () =>
      recover(await tfjsTwins(model, smaller, cut, batches), { methods: [lsq(0)], solver: inlineSolver() });
    const { model: mended, layers: reports } = await make();
    expect(reports.map(({ result }) => result)).toEqual(["exact", "refitted"]);
    // At the optimum what is left of the outputs meets no input.
    const input = tf.concat(batches.map(({ xs }) => xs));
    const hidden = functional({ inputs: mended.inputs, outputs: mended.layers[0]!.output as SymbolicTensor });
    const rest = tf.sub(model.predict(input) as tf.Tensor, mended.predict(input) as tf.Tensor) as tf.Tensor2D;
    const meets = tf.matMul(hidden.predict(input) as tf.Tensor2D, rest, true).dataSync();
    const power = tf.mean(tf.square(model.predict(input) as tf.Tensor)).dataSync()[0] as number;
    for (const value of meets) expect(Math.abs(value) / 512 / power).toBeLessThan(1e-6);
    expect(tf.mean(tf.square(rest)).dataSync()[0]).toBeGreaterThan(1e-4);
    expect(weightsOf((await make()).model)).toEqual(weightsOf(mended));
  });

  it("refuses a single batch, fits large layers too, and leaves no tensors behind", async () => {
    const model = convNet();
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(3, [8, ...image]);
    await expect(tfjsTwins(model, smaller, cut, batches.slice(1, 2))).rejects.toMatchObject({
      code: "few-batches",
    });
    for (const [maxInputs, how] of [
      [30, /by channel/],
      [3, /by output/],
    ] as const) {
      const before = tf.memory().numTensors;
      const twins = await tfjsTwins(model, smaller, cut, batches, { maxInputs });
      const { model: mended, layers: reports } = await recover(twins);
      for (const { before: was, after } of reports) expect(after).toBeLessThanOrEqual(was);
      expect(reports.flatMap(({ methods }) => methods).join()).toMatch(how);
      mended.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it("looks through BatchNormalization, a residual and Dropout at what a Relu passes", async () => {
    const block = (x: SymbolicTensor, activation: SymbolicTensor | undefined): SymbolicTensor => {
      const conv = layers.conv2d({ filters: 9, kernelSize: 3, padding: "same", useBias: false });
      const norm = layers.batchNormalization({}).apply(conv.apply(x)) as SymbolicTensor;
      const sum = activation
        ? layers.add().apply([norm, activation])
        : layers.dropout({ rate: 0.5 }).apply(norm);
      return layers.reLU({ maxValue: 6 }).apply(sum) as SymbolicTensor;
    };
    const x = input({ shape: image });
    const first = block(x, undefined);
    const narrow = layers
      .conv2d({ filters: 7, kernelSize: 1, activation: "tanh" })
      .apply(first) as SymbolicTensor;
    const flat = layers.flatten().apply(block(narrow, first));
    const model = lively(
      functional({ inputs: x, outputs: layers.dense({ units: 3 }).apply(flat) as SymbolicTensor }),
    );
    const { cut, smaller } = cutOf(model);
    const { layers: reports } = await recover(
      await tfjsTwins(model, smaller, cut, batchesOf(6, [8, ...image])),
    );
    expect(reports.map(({ result }) => result)).toEqual(["exact", "refitted", "refitted", "refitted"]);
    expect(reports.map(({ clipped }) => clipped !== undefined)).toEqual([false, false, true, false]);
    for (const { before, after } of reports) expect(after).toBeLessThanOrEqual(before);
  });

  it("takes a scale by column for none of channels", async () => {
    // Of 9 channels 6 are left, as many as there are columns.
    const model = lively(
      sequential({
        layers: [
          layers.conv2d({ inputShape: [3, 8, 8], filters: 6, kernelSize: 1, dataFormat: "channelsFirst" }),
          layers.conv2d({ filters: 9, kernelSize: 3, dataFormat: "channelsFirst" }),
          layers.batchNormalization({ axis: 3 }),
          layers.reLU(),
          layers.flatten(),
          layers.dense({ units: 4 }),
        ],
      }),
    );
    const { cut, smaller } = cutOf(model);
    const { layers: reports } = await recover(
      await tfjsTwins(model, smaller, cut, batchesOf(4, [8, 3, 8, 8])),
    );
    expect(reports).toHaveLength(3);
    expect(reports[1]?.before).toBeGreaterThan(0.01);
    expect(reports[1]?.clipped).toBeUndefined();
  });

  it("gives the same whatever it holds on the way", async () => {
    const model = convNet();
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(3, [8, ...image]);
    const [all, none] = await Promise.all(
      [2 ** 20, 0].map(async (held) => recover(await tfjsTwins(model, smaller, cut, batches, { held }))),
    );
    expect(weightsOf(all!.model)).toEqual(weightsOf(none!.model));
  });
});
