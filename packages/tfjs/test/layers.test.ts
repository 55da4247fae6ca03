import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import { layersModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  model as functional,
  input,
  type LayersModel,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { checkLayersLaw } from "./law.js";
import { lively } from "./lively.js";
import { distance, layerFeeds, outputsOf } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("cpu"));

const { layers } = tfl;
type Layer = tfl.layers.Layer;

const chain = (shape: number[], ...list: Layer[]): LayersModel => {
  const x = input({ shape });
  return lively(
    functional({
      inputs: x,
      outputs: list.reduce<SymbolicTensor>((y, layer) => layer.apply(y) as SymbolicTensor, x),
    }),
  );
};

const image = [8, 8, 3];
const first = (): Layer => layers.conv2d({ filters: 8, kernelSize: 3, padding: "same" });
const last = (): Layer => layers.conv2d({ filters: 2, kernelSize: 3 });
const steps = [6, 5];

/** Made anew for each test: a layer belongs to one model. */
const models: Record<string, () => LayersModel> = {
  Dense: () =>
    chain(
      [5],
      layers.dense({ units: 8, activation: "relu" }),
      layers.dense({ units: 3, activation: "softmax" }),
    ),
  Sequential: () =>
    lively(
      sequential({
        layers: [
          layers.dense({ inputShape: [5], units: 8, activation: "tanh" }),
          layers.dropout({ rate: 0.5 }),
          layers.dense({ units: 3 }),
        ],
      }),
    ),
  Conv1D: () =>
    chain(
      [9, 3],
      layers.conv1d({ filters: 8, kernelSize: 3 }),
      layers.averagePooling1d({ poolSize: 2 }),
      layers.conv1d({ filters: 2, kernelSize: 2 }),
    ),
  "Conv2D, BatchNormalization, MaxPooling2D": () =>
    chain(
      image,
      first(),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling2d({ poolSize: 2 }),
      last(),
    ),
  Conv3D: () =>
    chain(
      [5, 5, 5, 2],
      layers.conv3d({ filters: 6, kernelSize: 2 }),
      layers.conv3d({ filters: 2, kernelSize: 2 }),
    ),
  DepthwiseConv2D: () =>
    chain(image, first(), layers.depthwiseConv2d({ kernelSize: 3, activation: "relu" }), last()),
  "DepthwiseConv2D with a multiplier": () =>
    chain(image, first(), layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 3 }), last()),
  SeparableConv2D: () => chain(image, first(), layers.separableConv2d({ filters: 6, kernelSize: 3 }), last()),
  "SeparableConv2D with a multiplier": () =>
    chain(image, first(), layers.separableConv2d({ filters: 6, kernelSize: 3, depthMultiplier: 2 }), last()),
  Conv2DTranspose: () =>
    chain(image, first(), layers.conv2dTranspose({ filters: 6, kernelSize: 3, strides: 2 }), last()),
  Conv3DTranspose: () =>
    chain(
      [3, 3, 3, 2],
      layers.conv3dTranspose({ filters: 6, kernelSize: 2, strides: 2 }),
      layers.conv3d({ filters: 2, kernelSize: 2 }),
    ),
  "Flatten and Dense": () => chain(image, first(), layers.flatten(), layers.dense({ units: 3 })),
  "GlobalAveragePooling2D, Reshape, Multiply (squeeze and excite)": () => {
    const x = input({ shape: image });
    const y = first().apply(x) as SymbolicTensor;
    const pooled = layers.globalAveragePooling2d({}).apply(y) as SymbolicTensor;
    const small = layers.dense({ units: 4, activation: "relu" }).apply(pooled) as SymbolicTensor;
    const wide = layers.dense({ units: 8, activation: "sigmoid" }).apply(small) as SymbolicTensor;
    const gate = layers.reshape({ targetShape: [1, 1, 8] }).apply(wide) as SymbolicTensor;
    const scaled = layers.multiply().apply([y, gate]) as SymbolicTensor;
    return lively(functional({ inputs: x, outputs: last().apply(scaled) as SymbolicTensor }));
  },
  "Add, Average, Maximum, Minimum, Concatenate": () => {
    const x = input({ shape: image });
    const parts = [0, 1, 2].map(() => first().apply(x) as SymbolicTensor);
    const all = [layers.add(), layers.average(), layers.maximum(), layers.minimum()].map(
      (layer) => layer.apply(parts) as SymbolicTensor,
    );
    const more = layers.conv2d({ filters: 5, kernelSize: 1, padding: "same" }).apply(x) as SymbolicTensor;
    const joined = layers.concatenate().apply([...all, more]) as SymbolicTensor;
    return lively(functional({ inputs: x, outputs: last().apply(joined) as SymbolicTensor }));
  },
  "UpSampling2D, ZeroPadding2D, Cropping2D, PReLU, LeakyReLU, ELU": () =>
    chain(
      image,
      first(),
      layers.upSampling2d({ size: [2, 2] }),
      layers.zeroPadding2d({ padding: 1 }),
      layers.cropping2D({
        cropping: [
          [2, 1],
          [1, 1],
        ],
      }),
      layers.prelu({ sharedAxes: [1, 2], alphaInitializer: "randomNormal" }),
      layers.leakyReLU(),
      layers.elu(),
      last(),
    ),
  "Permute and TimeDistributed": () =>
    chain(
      steps,
      layers.dense({ units: 8 }),
      layers.timeDistributed({ layer: layers.dense({ units: 6, activation: "tanh" }) }),
      layers.permute({ dims: [2, 1] }),
      layers.permute({ dims: [2, 1] }),
      layers.dense({ units: 2 }),
    ),
  "RepeatVector and LayerNormalization": () =>
    chain(
      [5],
      layers.dense({ units: 8 }),
      layers.layerNormalization(),
      layers.repeatVector({ n: 4 }),
      layers.lstm({ recurrentInitializer: "glorotNormal", units: 6 }),
      layers.dense({ units: 2 }),
    ),
  LSTM: () =>
    chain(
      steps,
      layers.lstm({ recurrentInitializer: "glorotNormal", units: 8, returnSequences: true }),
      layers.lstm({ recurrentInitializer: "glorotNormal", units: 6 }),
      layers.dense({ units: 2 }),
    ),
  GRU: () =>
    chain(
      steps,
      layers.gru({ recurrentInitializer: "glorotNormal", units: 8, returnSequences: true }),
      layers.gru({ recurrentInitializer: "glorotNormal", units: 6 }),
      layers.dense({ units: 2 }),
    ),
  SimpleRNN: () =>
    chain(
      steps,
      layers.simpleRNN({ recurrentInitializer: "glorotNormal", units: 8 }),
      layers.dense({ units: 2 }),
    ),
  "RNN around a cell": () =>
    chain(
      steps,
      layers.rnn({ cell: layers.gruCell({ recurrentInitializer: "zeros", units: 8 }) as never }),
      layers.dense({ units: 2 }),
    ),
  "RNN around stacked cells, one without biases": () =>
    chain(
      steps,
      layers.rnn({
        cell: [
          layers.lstmCell({ recurrentInitializer: "zeros", units: 8, useBias: false }),
          layers.gruCell({ recurrentInitializer: "zeros", units: 6 }),
          layers.simpleRNNCell({ recurrentInitializer: "zeros", units: 4 }),
        ] as never,
        returnSequences: true,
      }),
      layers.dense({ units: 2 }),
    ),
  ConvLSTM2D: () =>
    chain(
      [3, 7, 6, 2],
      layers.convLstm2d({
        filters: 8,
        kernelSize: 3,
        padding: "same",
        recurrentInitializer: "zeros",
        returnSequences: true,
      }) as never,
      layers.convLstm2d({ filters: 6, kernelSize: 2, recurrentInitializer: "zeros" }) as never,
      layers.conv2d({ filters: 2, kernelSize: 2 }),
    ),
  "Bidirectional, concatenated": () =>
    chain(
      steps,
      layers.bidirectional({
        layer: layers.lstm({
          recurrentInitializer: "glorotNormal",
          units: 8,
          returnSequences: true,
        }) as never,
        mergeMode: "concat",
      }),
      layers.dense({ units: 2 }),
    ),
  "Bidirectional, summed": () =>
    chain(
      steps,
      layers.bidirectional({
        layer: layers.gru({ recurrentInitializer: "glorotNormal", units: 8 }) as never,
        mergeMode: "sum",
      }),
      layers.dense({ units: 2 }),
    ),
  "an encoder that hands its state to a decoder": () => {
    const [a, b] = [input({ shape: steps }), input({ shape: [4, 3] })];
    const [, h, c] = layers
      .lstm({ recurrentInitializer: "glorotNormal", units: 8, returnState: true })
      .apply(a) as SymbolicTensor[];
    const y = layers
      .lstm({ recurrentInitializer: "glorotNormal", units: 8 })
      .apply([b, h, c] as SymbolicTensor[]) as SymbolicTensor;
    return lively(
      functional({ inputs: [a, b], outputs: layers.dense({ units: 2 }).apply(y) as SymbolicTensor }),
    );
  },
  "Dot as attention": () => {
    const x = input({ shape: steps });
    const part = (): SymbolicTensor => layers.dense({ units: 8 }).apply(x) as SymbolicTensor;
    const scores = layers.dot({ axes: 2 }).apply([part(), part()]) as SymbolicTensor;
    const weights = layers.softmax({ axis: -1 }).apply(scores) as SymbolicTensor;
    const mixed = layers.dot({ axes: [2, 1] }).apply([weights, part()]) as SymbolicTensor;
    return lively(
      functional({ inputs: x, outputs: layers.dense({ units: 2 }).apply(mixed) as SymbolicTensor }),
    );
  },
  "an input that is an output too": () => {
    const x = input({ shape: [5] });
    const h = layers.dense({ units: 8, activation: "relu" }).apply(x) as SymbolicTensor;
    return lively(
      functional({ inputs: x, outputs: [layers.dense({ units: 2 }).apply(h) as SymbolicTensor, x] }),
    );
  },
  "a layer shared by two inputs": () => {
    const inputs = [input({ shape: [5] }), input({ shape: [5] })];
    const shared = layers.dense({ units: 8, activation: "relu" });
    const [a, b] = inputs.map((x) => shared.apply(x) as SymbolicTensor);
    const y = layers
      .dense({ units: 2 })
      .apply(layers.concatenate().apply([a, b] as SymbolicTensor[])) as SymbolicTensor;
    return lively(
      functional({
        inputs,
        outputs: [y, layers.dot({ axes: 1 }).apply([a, b] as SymbolicTensor[]) as SymbolicTensor],
      }),
    );
  },
  "nested models, one of them called twice": () => {
    const tower = sequential({
      layers: [layers.dense({ inputShape: [5], units: 8, activation: "relu" }), layers.dense({ units: 6 })],
    });
    const x = input({ shape: [6] });
    const head = functional({ inputs: x, outputs: layers.dense({ units: 7 }).apply(x) as SymbolicTensor });
    const inputs = [input({ shape: [5] }), input({ shape: [5] })];
    const [a, b] = inputs.map((one) => head.apply(tower.apply(one) as SymbolicTensor) as SymbolicTensor);
    const y = layers
      .dense({ units: 2 })
      .apply(layers.add().apply([a, b] as SymbolicTensor[])) as SymbolicTensor;
    return lively(functional({ inputs, outputs: y }));
  },
  "channels first": () =>
    chain(
      [3, 8, 8],
      layers.conv2d({ filters: 8, kernelSize: 3, dataFormat: "channelsFirst" }),
      layers.flatten({ dataFormat: "channelsFirst" }),
      layers.dense({ units: 2 }),
    ),
};

describe("layers", () => {
  for (const [name, make] of Object.entries(models))
    it(`${name}: half of the units leave, cut = mask`, async () => {
      const { law, moved, removed } = await checkLayersLaw(make());
      expect(removed).toBeGreaterThan(1);
      expect(moved).toBeGreaterThan(1e-3);
      expect(law).toBeLessThan(1e-5);
    });

  it("Embedding and Masking of steps: cut = mask", async () => {
    const model = chain(
      [6],
      layers.embedding({ inputDim: 11, outputDim: 8, maskZero: true }),
      layers.lstm({ recurrentInitializer: "glorotNormal", units: 6 }),
      layers.dense({ units: 2 }),
    );
    const { law, moved, removed } = await checkLayersLaw(model, { below: 11 });
    expect(removed).toBe(7);
    expect(moved).toBeGreaterThan(1e-3);
    expect(law).toBeLessThan(1e-5);
  });
});

describe("layer classes", () => {
  it("have a rule each, but those that change sizes at random or hold no layer's work", () => {
    const map = tf.serialization.SerializationMap.getMap().classNameMap;
    const known = Object.entries(map).filter(([, [cls]]) => cls.prototype instanceof tfl.layers.Layer);
    const without = known.map(([name]) => name).filter((name) => !(name in layersModel().rules));
    expect(without.filter((name) => !/Cells?$/.test(name)).sort()).toEqual([
      "Functional",
      "InputLayer",
      "Model",
      "RandomWidth",
      "Sequential",
    ]);
  });

  it("that count categories leave their inputs as they are", async () => {
    const { law, removed } = await checkLayersLaw(
      chain(
        [6],
        layers.categoryEncoding({ numTokens: 9, outputMode: "multiHot" }) as never,
        layers.dense({ units: 8, activation: "relu" }),
        layers.dense({ units: 3 }),
      ),
      { below: 9 },
    );
    expect(removed).toBe(4);
    expect(law).toBeLessThan(1e-5);
  });
});

describe("the cut model", () => {
  it("is a LayersModel that trains, and whose save round-trips", async () => {
    const { cut } = await checkLayersLaw(models.Dense!());
    expect(cut.layers[1]?.getConfig().units).toBe(4);
    let saved: tf.io.ModelArtifacts | undefined;
    await cut.save({
      save: async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
      },
    });
    const again = await tfl.loadLayersModel(tf.io.fromMemory(saved as tf.io.ModelArtifacts));
    const feeds = layerFeeds(cut);
    const [a, b] = [again, cut].map((model) => outputsOf(model.predict(feeds) as tf.Tensor));
    expect(distance(a as never, b as never)).toBe(0);
    cut.compile({ optimizer: "sgd", loss: "categoricalCrossentropy" });
    const { history } = await cut.fit(feeds[0] as tf.Tensor, tf.oneHot([0, 1], 3), { epochs: 3, verbose: 0 });
    const [start, , end] = history.loss as number[];
    expect(end).toBeLessThan(start as number);
  });

  it("leaves the original as it was", async () => {
    const model = models.Dense!();
    const before = await layersModel().hash(model);
    await checkLayersLaw(model);
    expect(await layersModel().hash(model)).toBe(before);
  });

  it("leaves no tensors behind but its weights", async () => {
    const model = models["Conv2D, BatchNormalization, MaxPooling2D"]!();
    const backend = layersModel();
    const trace = backend.trace(model);
    const { chosen } = await plan(model, { backend, importance: magnitude(), trace });
    const { numTensors } = tf.memory();
    const cut = backend.cut(model, trace, chosen.cut);
    cut.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it("freezes a custom layer without a rule by name, and follows one with a rule", async () => {
    class Twice extends layers.Layer {
      static readonly className = "Twice";
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return tf.mul(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs, 2);
      }
      override computeOutputShape(shape: never): never {
        return shape;
      }
    }
    tf.serialization.registerClass(Twice as never);
    const make = (): LayersModel =>
      chain([5], layers.dense({ units: 8 }), new Twice(), layers.dense({ units: 3 }));
    const frozen = layersModel().trace(make());
    expect(frozen.families).toEqual([]);
    const backend = layersModel({ rules: { ...layersModel().rules, Twice: (_, kit) => kit.layout(0) } });
    const { law, removed } = await checkLayersLaw(make(), { backend });
    expect(removed).toBe(4);
    expect(law).toBeLessThan(1e-5);
  });
});
