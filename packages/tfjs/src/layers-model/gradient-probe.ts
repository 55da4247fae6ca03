import type { Probe, Trace } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { probeOf } from "../backend/probe.js";
import { sourceOf } from "../source.js";
import type { LayersModel } from "./loaded.js";
import type { LayersModelSource } from "./source.js";

/** Labelled samples. */
export interface LabelledBatch {
  readonly xs: tf.Tensor | tf.Tensor[];
  readonly ys: tf.Tensor;
}

/** Labelled samples and the loss that gradients are of. */
export interface TfjsGradientOptions {
  readonly batches: Iterable<LabelledBatch> | AsyncIterable<LabelledBatch>;
  /** Of the labels and the (first) output. @default mean squared error */
  readonly loss?: (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;
}

/** The weights of a LayersModel, and the gradients of a loss by them: for `taylor` and `fisher`. */
export interface LayersGradientProbe extends Probe {
  gradients(tensor: string): { readonly mean: Float32Array; readonly square: Float32Array } | undefined;
}

/**
 * Runs labelled batches forward and back through a model as it is used, not as it is trained: dropout is off, and
 * normalisation goes by its running statistics.
 */
export async function tfjsGradientProbe(
  model: LayersModel,
  trace: Trace,
  {
    batches,
    loss = (labels, predictions) => tf.losses.meanSquaredError(labels, predictions),
  }: TfjsGradientOptions,
): Promise<LayersGradientProbe> {
  const { variables } = sourceOf<LayersModelSource>(trace).lowered;
  const trainable = new Map<string, tf.Variable>();
  for (const [name, variable] of variables) {
    const value = variable.read() as unknown as tf.Variable;
    if (value.trainable) trainable.set(name, value);
  }
  const list = [...trainable.values()];
  const sums = new Map(
    list.map((v) => [v.name, { mean: new Float32Array(v.size), square: new Float32Array(v.size) }]),
  );
  let count = 0;
  for await (const { xs, ys } of batches) {
    const { value, grads } = tf.variableGrads(() => {
      const outputs = model.apply(xs, { training: false }) as tf.Tensor | tf.Tensor[];
      return tf.mean(loss(ys, Array.isArray(outputs) ? (outputs[0] as tf.Tensor) : outputs)) as tf.Scalar;
    }, list);
    for (const [name, gradient] of Object.entries(grads)) {
      const sum = sums.get(name);
      gradient.dataSync().forEach((g, i) => {
        if (!sum) return;
        sum.mean[i]! += g;
        sum.square[i]! += g * g;
      });
    }
    value.dispose();
    tf.dispose(grads);
    count++;
  }
  for (const { mean, square } of sums.values())
    for (let i = 0; i < mean.length; i++) {
      mean[i]! /= Math.max(1, count);
      square[i]! /= Math.max(1, count);
    }
  return {
    ...probeOf(trace),
    gradients(tensor) {
      const variable = trainable.get(tensor);
      return variable && sums.get(variable.name);
    },
  };
}
