import type { Net } from "@prune/testing/advanced";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { lively } from "../../tfjs/test/lively.js";

type Layer = layers.Layer;

/** Networks as tf.layers models: images are N x H x W x C. */
export function layersNet(): Net<LayersModel, SymbolicTensor> {
  const inputs: SymbolicTensor[] = [];
  const entered = (shape: number[]): SymbolicTensor => {
    const x = input({ shape });
    inputs.push(x);
    return x;
  };
  const by = (layer: Layer, x: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor =>
    layer.apply(x as SymbolicTensor) as SymbolicTensor;
  const channels = (x: SymbolicTensor): number => x.shape.at(-1) as number;
  const absent = (what: string) => (): never => {
    throw new Error(`tf.layers has no ${what}`);
  };
  /** The layers' own random values need a package that Node lacks; all weights are drawn at the end. */
  const plain = {
    kernelInitializer: "zeros",
    recurrentInitializer: "zeros",
    depthwiseInitializer: "zeros",
  } as const;
  return {
    image: (depth, size) => entered([size, size, depth]),
    sequence: (steps, features) => entered([steps, features]),
    vector: (features) => entered([features]),
    indices: (steps) => entered([steps]),
    conv: (x, filters, { kernel = 3 } = {}) =>
      by(layers.conv2d({ ...plain, filters, kernelSize: kernel, padding: "same" }), x),
    depthwise: (x, depthMultiplier = 1) =>
      by(layers.depthwiseConv2d({ ...plain, kernelSize: 3, padding: "same", depthMultiplier }), x),
    convTranspose: (x, filters) =>
      by(layers.conv2dTranspose({ ...plain, filters, kernelSize: 2, strides: 2 }), x),
    dense: (x, units) => by(layers.dense({ ...plain, units }), x),
    sharedDense(_, units) {
      const layer = layers.dense({ ...plain, units });
      return (x) => by(layer, x);
    },
    embedding: (index, inputDim, outputDim) =>
      by(layers.embedding({ inputDim, outputDim, embeddingsInitializer: "zeros" }), index),
    lstm: (x, units) => by(layers.lstm({ ...plain, units, returnSequences: true }), x),
    attention: absent("layer that multiplies within heads"),
    batchNorm: (x) => by(layers.batchNormalization({}), x),
    layerNorm: (x) => by(layers.layerNormalization({}), x),
    softmax: (x) => by(layers.softmax({}), x),
    relu: (x) => by(layers.reLU({}), x),
    sigmoid: (x) => by(layers.activation({ activation: "sigmoid" }), x),
    prelu: (x) => by(layers.prelu({ sharedAxes: [1, 2] }), x),
    add: (a, b) => by(layers.add(), [a, b]),
    multiply: (a, b) => by(layers.multiply(), [a, b]),
    concat: (values) => by(layers.concatenate(), values),
    split: absent("layer that splits"),
    pick: absent("layer that picks"),
    pad: absent("layer that pads channels"),
    shuffle(x, groups) {
      const [, h = 1, w = 1, c = 1] = x.shape as number[];
      const open = by(layers.reshape({ targetShape: [h, w, groups, c / groups] }), x);
      const turned = by(layers.permute({ dims: [1, 2, 4, 3] }), open);
      return by(layers.reshape({ targetShape: [h, w, c] }), turned);
    },
    maxPool: (x) => by(layers.maxPooling2d({ poolSize: 2 }), x),
    globalMean: (x) =>
      by(layers.reshape({ targetShape: [1, 1, channels(x)] }), by(layers.globalAveragePooling2d({}), x)),
    flatten: (x) => by(layers.flatten(), x),
    model: (outputs) => lively(model({ inputs, outputs: [...outputs] })),
  };
}
