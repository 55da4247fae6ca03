import { type GraphModel, isGraphModel, type Masked, type TfjsModel, toArtifacts } from "@prune/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

/** What a model takes: sizes that it leaves open are -1. */
export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Inputs are whole numbers below this, where something is looked up by them. */
  readonly below?: number;
}

export interface Output {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** A model that is ready to run. */
export interface Runner {
  readonly inputs: readonly Input[];
  run(feeds: readonly tf.Tensor[]): Promise<readonly Output[]>;
  dispose(): void;
}

export const runnerOf = (model: TfjsModel): Promise<Runner> | Runner =>
  isGraphModel(model) ? graphRunner(model) : layersRunner(model, model);

async function graphRunner(model: GraphModel): Promise<Runner> {
  const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const inputs = loaded.inputs.map(({ name, shape = [], dtype }) => ({ name, shape, dtype }));
  const names = loaded.outputs.map(({ name }) => name);
  return {
    inputs,
    async run(feeds) {
      const named = Object.fromEntries(feeds.map((feed, i) => [inputs[i]?.name ?? "", feed]));
      try {
        return read(loaded.execute(named, names));
      } catch {
        // Control flow and outputs of unknown sizes run only so.
        return read(await loaded.executeAsync(named, names));
      }
    },
    dispose: () => loaded.dispose(),
  };
}

/** Runs a LayersModel, or the masked form of one. */
export function layersRunner(model: LayersModel, runs: LayersModel | Masked): Runner {
  const inputs = model.inputs.map((input) => {
    const { name, shape, dtype = "float32" } = input;
    const reader = model.layers.find(
      (layer) =>
        layer.getClassName() === "Embedding" &&
        layer.inboundNodes.some(({ inputTensors }) => inputTensors.includes(input)),
    );
    const below = reader && { below: Number(reader.getConfig().inputDim) };
    return { name, shape: shape.map((size) => size ?? -1), dtype, ...below };
  });
  return {
    inputs,
    run: async (feeds) => read(runs.predict([...feeds]) as tf.Tensor | tf.Tensor[]),
    dispose() {},
  };
}

function read(made: tf.Tensor | tf.Tensor[]): Output[] {
  const tensors = Array.isArray(made) ? made : [made];
  const outputs = tensors.map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync<"float32">() }));
  tf.dispose(tensors);
  return outputs;
}

/** Random feeds by a seed: roughly normal, or whole numbers. Open sizes are 1 for the batch and `open` elsewhere. */
export const feedsOf = (inputs: readonly Input[], seed: number, open: number): tf.Tensor[] =>
  inputs.map(({ shape, dtype, below = dtype === "int32" ? 8 : 2 }, i) => {
    const sizes = shape.map((size, dim) => (size >= 0 ? size : dim === 0 ? 1 : open));
    const whole = dtype !== "float32" || below > 2;
    const next = numbers(1000 * seed + i + 1);
    const values = Float32Array.from({ length: sizes.reduce((a, b) => a * b, 1) }, () =>
      whole ? Math.floor(next() * below) : (next() + next() + next() - 1.5) * 1.6,
    );
    return tf.tensor(values, sizes, dtype as "float32");
  });

/** Numbers from 0 up to 1. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
