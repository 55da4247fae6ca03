import { createRequire } from "node:module";
import type { Model } from "@prune/onnx";
import type { Node, Weight } from "@prune/onnx/advanced";

/** What is used of a tensor of TensorFlow.js. */
export interface TfTensor {
  readonly shape: number[];
  dataSync(): Float32Array;
  dispose(): void;
}

/** What is used of TensorFlow.js, which the packages that run it depend on and the repository's root does not. */
export interface Tf {
  tensor(data: Float32Array | Int32Array, shape: readonly number[], type?: "int32"): TfTensor;
  variable(initial: TfTensor): TfTensor;
  transpose(x: TfTensor, perm: readonly number[]): TfTensor;
  conv2d(
    x: TfTensor,
    filter: TfTensor,
    strides: readonly number[],
    pad: readonly (readonly number[])[],
    format: "NHWC",
    dilations: readonly number[],
  ): TfTensor;
  batchNorm(
    x: TfTensor,
    mean: TfTensor,
    variance: TfTensor,
    offset: TfTensor,
    scale: TfTensor,
    epsilon: number,
  ): TfTensor;
  relu(x: TfTensor): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  mean(x: TfTensor, axes?: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean): TfTensor;
  oneHot(labels: TfTensor, classes: number): TfTensor;
  dispose(made: unknown): void;
  ready(): Promise<void>;
  setBackend(name: string): Promise<boolean>;
  env(): { set(flag: string, value: unknown): void };
  variableGrads(loss: () => TfTensor, by: TfTensor[]): { value: TfTensor; grads: Record<string, TfTensor> };
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, scores: TfTensor): TfTensor };
  readonly train: {
    momentum(
      rate: number,
      momentum: number,
    ): { minimize(loss: () => TfTensor, cost: true, by: TfTensor[]): TfTensor };
  };
}

/** TensorFlow.js in Node with its wasm backend, and the kernels for training that it lacks. */
export async function openTfjs(): Promise<Tf> {
  const require = createRequire(new URL("../../packages/tfjs/package.json", import.meta.url));
  const tf = require("@tensorflow/tfjs-core") as Tf;
  require("@tensorflow/tfjs-backend-wasm");
  // Its gradients come with the layers.
  require("@tensorflow/tfjs-layers");
  const { registerTrainingKernels } = await import("@prune/tfjs/wasm");
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  await tf.ready();
  registerTrainingKernels();
  return tf;
}

/** A network of convolutions, batch norms and sums, as TensorFlow.js computes it: images last in channels. */
export interface InTfjs {
  /** Trainable values by the name that they have in the model. */
  readonly variables: ReadonlyMap<string, TfTensor>;
  /** Scores of images N x H x W x C. */
  scores(images: TfTensor): TfTensor;
  /** A variable's gradient in the order of the model's tensor. */
  asStored(parameter: string, gradient: TfTensor): Float32Array;
}

const [kernelToTfjs, kernelToOnnx] = [
  [2, 3, 1, 0],
  [3, 2, 0, 1],
] as const;

export function inTfjs(tf: Tf, { graph }: Model, trained: Iterable<string>): InTfjs {
  const aliases = new Map(
    graph.nodes.flatMap(({ op, inputs, outputs }) =>
      op === "Identity" ? [[outputs[0] as string, inputs[0] as string] as const] : [],
    ),
  );
  const storedAs = (name: string): string => aliases.get(name) ?? name;
  const kernels = new Set(
    graph.nodes.flatMap(({ op, inputs }) => (op === "Conv" ? [storedAs(inputs[1] as string)] : [])),
  );
  const isTrained = new Set(trained);
  const values = new Map(
    [...graph.initializers].map(([name, weight]) => {
      const own = tf.tensor(Float32Array.from((weight as Weight).tensor().data), weight.shape);
      const laid = kernels.has(name) ? tf.transpose(own, kernelToTfjs) : own;
      return [name, isTrained.has(name) ? tf.variable(laid) : laid] as const;
    }),
  );
  const scores = (images: TfTensor): TfTensor => {
    const made = new Map([[graph.inputs[0]?.name as string, images]]);
    const read = (name: string): TfTensor =>
      (made.get(name) ?? values.get(storedAs(name)) ?? unknown(name)) as TfTensor;
    for (const node of graph.nodes)
      if (node.op !== "Identity") made.set(node.outputs[0] as string, compute(tf, node, read));
    return read(graph.outputs[0]?.name as string);
  };
  return {
    variables: new Map([...values].filter(([name]) => isTrained.has(name))),
    scores,
    asStored: (parameter, gradient) =>
      (kernels.has(parameter) ? tf.transpose(gradient, kernelToOnnx) : gradient).dataSync(),
  };
}

function unknown(name: string): never {
  throw new Error(`"${name}" is not computed`);
}

function compute(tf: Tf, node: Node, read: (name: string) => TfTensor): TfTensor {
  const [x, ...more] = node.inputs.map(read) as [TfTensor, ...TfTensor[]];
  const stated = (name: string, otherwise: readonly number[]): readonly number[] =>
    (node.attributes.get(name)?.value as readonly number[] | undefined) ?? otherwise;
  switch (node.op) {
    case "Conv": {
      const [top, left, bottom, right] = stated("pads", [0, 0, 0, 0]) as [number, number, number, number];
      const pads = [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ];
      const [filter, bias] = more as [TfTensor, TfTensor?];
      const made = tf.conv2d(x, filter, stated("strides", [1, 1]), pads, "NHWC", stated("dilations", [1, 1]));
      return bias ? tf.add(made, bias) : made;
    }
    case "BatchNormalization": {
      const [scale, offset, mean, variance] = more as [TfTensor, TfTensor, TfTensor, TfTensor];
      return tf.batchNorm(
        x,
        mean,
        variance,
        offset,
        scale,
        Number(node.attributes.get("epsilon")?.value ?? 1e-5),
      );
    }
    case "Relu":
      return tf.relu(x);
    case "Add":
      return tf.add(x, more[0] as TfTensor);
    case "ReduceMean":
      return tf.mean(x, [1, 2]);
    case "Gemm":
      return tf.add(tf.matMul(x, more[0] as TfTensor, false, true), more[1] as TfTensor);
    default:
      throw new Error(`${node.op} is not written for TensorFlow.js here`);
  }
}
