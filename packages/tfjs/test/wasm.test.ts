import { registerTrainingKernels } from "@prune/tfjs/wasm";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { randomNumbers } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(async () => {
  await useBackend("wasm");
  registerTrainingKernels();
  registerTrainingKernels();
});

const random = (seed: number, shape: number[]): tf.Tensor =>
  tf.tensor(
    randomNumbers(
      seed,
      shape.reduce((a, b) => a * b, 1),
    ),
    shape,
  );

type Loss = (...operands: tf.Tensor[]) => tf.Tensor;

/** Gradients of a sum of squares by all operands, in one backend, and how many tensors that left. */
async function gradients(
  name: "cpu" | "wasm",
  shapes: number[][],
  loss: Loss,
): Promise<{ values: number[][]; left: number }> {
  await tf.setBackend(name);
  const operands = shapes.map((shape, i) => random(i + 1, shape));
  const before = tf.memory();
  const made = tf.grads((...all: tf.Tensor[]) => tf.sum(tf.square(loss(...all))) as tf.Scalar)(operands);
  const values = made.map((gradient) => Array.from(gradient.dataSync()));
  tf.dispose(made);
  const left =
    tf.memory().numTensors - before.numTensors + tf.memory().numDataBuffers - before.numDataBuffers;
  tf.dispose(operands);
  return { values, left };
}

async function checkGradients(shapes: number[][], loss: Loss): Promise<void> {
  const want = await gradients("cpu", shapes, loss);
  const got = await gradients("wasm", shapes, loss);
  expect(got.left).toBe(0);
  got.values.forEach((list, i) => {
    const expected = want.values[i] as number[];
    const size = Math.max(...expected.map(Math.abs));
    const gap = Math.max(...list.map((x, k) => Math.abs(x - (expected[k] as number))));
    expect(list.length).toBe(expected.length);
    expect(gap / size).toBeLessThan(1e-5);
  });
}

type Pad = "same" | "valid";
const cases = [1, 2, 3].flatMap((stride) =>
  (["same", "valid"] as Pad[]).map((pad) => [stride, pad] as const),
);

describe("kernels for training, wasm beside cpu", () => {
  it.each(cases)("conv2d, stride %i, %s", (stride, pad) =>
    checkGradients(
      [
        [2, 9, 8, 3],
        [3, 2, 3, 4],
      ],
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    ),
  );

  it("conv2d with explicit padding", () =>
    checkGradients(
      [
        [2, 9, 8, 3],
        [3, 3, 3, 4],
      ],
      (x, w) =>
        tf.conv2d(
          x as tf.Tensor4D,
          w as tf.Tensor4D,
          2,
          [
            [0, 0],
            [2, 1],
            [0, 1],
            [0, 0],
          ],
          "NHWC",
          1,
          "floor",
        ),
    ));

  it.each(cases)("depthwiseConv2d, stride %i, %s", (stride, pad) =>
    checkGradients(
      [
        [2, 9, 8, 3],
        [3, 2, 3, 1],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    ),
  );

  it.each(cases)("depthwiseConv2d with a multiplier, stride %i, %s", (stride, pad) =>
    checkGradients(
      [
        [2, 9, 8, 3],
        [3, 2, 3, 2],
      ],
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
    ),
  );

  it.each([
    [false, true],
    [true, false],
    [true, true],
  ])("matMul, transposed %s and %s", (ta, tb) =>
    checkGradients(
      [
        [2, ...(ta ? [5, 4] : [4, 5])],
        [2, ...(tb ? [3, 5] : [5, 3])],
      ],
      (a, b) => tf.matMul(a, b, ta, tb),
    ),
  );

  it("gather, some rows twice, some never", () =>
    checkGradients([[6, 3]], (x) => tf.gather(x, tf.tensor1d([1, 4, 1, 0], "int32"))));

  it("fits a CNN as cpu does", async () => {
    const losses: number[][] = [];
    for (const backend of ["cpu", "wasm"] as const) {
      await tf.setBackend(backend);
      const model: LayersModel = sequential({
        layers: [
          layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, activation: "relu" }),
          layers.depthwiseConv2d({ kernelSize: 3 }),
          layers.batchNormalization(),
          layers.flatten(),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
      });
      model.setWeights(
        model.getWeights().map((w, i) => (w.shape.length > 1 ? random(i + 2, w.shape) : tf.ones(w.shape))),
      );
      model.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
      const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], "int32"), 3);
      const { history } = await model.fit(random(9, [6, 8, 8, 1]), labels, {
        epochs: 4,
        shuffle: false,
        verbose: 0,
      });
      losses.push(history.loss as number[]);
    }
    const [cpu, wasm] = losses as [number[], number[]];
    wasm.forEach((loss, i) => {
      expect(loss).toBeCloseTo(cpu[i] as number, 3);
    });
  });
});
