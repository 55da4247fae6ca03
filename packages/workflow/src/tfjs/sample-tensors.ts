import type { Input, ValuesByName } from "@prune/runtime-ort";
import * as tf from "@tensorflow/tfjs-core";
import type { Runner } from "./run.js";

/** What a TensorFlow.js model takes, as samples are opened for. */
export const inputsOf = (runner: Runner): Input[] =>
  runner.inputs.map(({ name, shape, dtype }) => ({
    name,
    type: dtype as Input["type"],
    shape: shape.map((size) => (size >= 0 ? size : undefined)),
  }));

/** Feeds as tensors, in the order of the inputs. */
export const feedTensors = (inputs: readonly Input[], feeds: ValuesByName): tf.Tensor[] =>
  inputs.map(({ name }) => {
    const { data, dims, type } = feeds[name] as ValuesByName[string];
    return tf.tensor(data as Float32Array, [...dims], type as "float32");
  });
