import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomStream } from "@prune/samples";

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** Numbers of a seed between -1 and 1. */
function numbers(seed: number, count: number): Float32Array {
  const next = randomStream(seed, "numbers");
  return Float32Array.from({ length: count }, () => 2 * next.uniform() - 1);
}

const matrix = numbers(2, 12 * 4);

function write(folder: string, json: object, weights: readonly Weight[]): string {
  mkdirSync(folder, { recursive: true });
  const listed = weights.map(({ name, shape, values }) => ({
    name,
    shape,
    dtype: values instanceof Int32Array ? "int32" : "float32",
  }));
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({ ...json, weightsManifest: [{ paths: ["weights.bin"], weights: listed }] }),
  );
  writeFileSync(
    join(folder, "weights.bin"),
    Buffer.concat(weights.map(({ values }) => Buffer.from(values.slice().buffer))),
  );
  return join(folder, "model.json");
}

/** A convolution (by a seed), a mean and four classes, as tfjs-layers saves them; returns the model's file. */
export function writeLayersModel(folder: string, seed = 1): string {
  const layer = (class_name: string, config: object) => ({ class_name, config });
  const layers = [
    layer("Conv2D", {
      name: "conv",
      batch_input_shape: [null, 6, 6, 3],
      filters: 12,
      kernel_size: [3, 3],
      activation: "relu",
      padding: "valid",
    }),
    layer("GlobalAveragePooling2D", { name: "mean" }),
    layer("Dense", { name: "dense", units: 4, activation: "softmax" }),
  ];
  const topology = { class_name: "Sequential", config: { name: "net", layers } };
  return write(
    folder,
    { format: "layers-model", modelTopology: { model_config: topology, keras_version: "2.0.0" } },
    [
      { name: "conv/kernel", shape: [3, 3, 3, 12], values: numbers(seed, 9 * 3 * 12) },
      { name: "conv/bias", shape: [12], values: new Float32Array(12) },
      { name: "dense/kernel", shape: [12, 4], values: matrix },
      { name: "dense/bias", shape: [4], values: new Float32Array(4) },
    ],
  );
}

/** The same, but for the softmax, as a converter writes it, with these weights of the convolution and of the classes. */
export function writeGraphModel(
  folder: string,
  kernel: Float32Array = numbers(1, 9 * 3 * 12),
  classes: Float32Array = matrix,
): string {
  const weights: readonly Weight[] = [
    { name: "k1", shape: [3, 3, 3, 12], values: kernel },
    { name: "b1", shape: [12], values: new Float32Array(12) },
    { name: "axes", shape: [2], values: Int32Array.of(1, 2) },
    { name: "k2", shape: [12, 4], values: classes },
    { name: "b2", shape: [4], values: new Float32Array(4) },
  ];
  const ones = { list: { i: ["1", "1", "1", "1"] } };
  const conv = {
    strides: ones,
    dilations: ones,
    padding: { s: btoa("VALID") },
    data_format: { s: btoa("NHWC") },
    fused_ops: { list: { s: [btoa("BiasAdd"), btoa("Relu")] } },
    num_args: { i: "1" },
  };
  const dim = [-1, 6, 6, 3].map((size) => ({ size: String(size) }));
  const node = [
    ...weights.map(({ name }) => ({ name, op: "Const" })),
    { name: "x", op: "Placeholder", attr: { dtype: { type: "DT_FLOAT" }, shape: { shape: { dim } } } },
    { name: "conv", op: "_FusedConv2D", input: ["x", "k1", "b1"], attr: conv },
    { name: "mean", op: "Mean", input: ["conv", "axes"] },
    { name: "dense", op: "MatMul", input: ["mean", "k2"] },
    { name: "y", op: "BiasAdd", input: ["dense", "b2"] },
  ];
  return write(
    folder,
    {
      format: "graph-model",
      modelTopology: { node, versions: { producer: 1 } },
      signature: { inputs: { x: { name: "x:0" } }, outputs: { y: { name: "y:0" } } },
    },
    weights,
  );
}

/** Images of that size with classes, as JSON; returns the file. */
export function writeImages(path: string, count: number): string {
  const all = numbers(3, count * 108);
  const x = Array.from({ length: count }, (_, i) =>
    Array.from({ length: 6 }, (_, row) =>
      Array.from({ length: 6 }, (_, column) => [
        ...all.subarray(i * 108 + row * 18 + column * 3, i * 108 + row * 18 + column * 3 + 3),
      ]),
    ),
  );
  writeFileSync(path, JSON.stringify({ x, y: x.map((_, i) => i % 4) }));
  return path;
}
