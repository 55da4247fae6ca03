import type { Trace } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { sourceOf } from "../source.js";
import type { LayersModelSource } from "./source.js";

/**
 * Adds to a loss's gradients what is given by tensor name, such as a penalty of `@prune/regularization`: takes what
 * `tf.variableGrads` returned as `grads`, gives what `optimizer.applyGradients` wants. Gradients that are added to are
 * disposed; variables that are not trained have none.
 */
export function addGradients(
  trace: Trace,
  grads: tf.NamedTensorMap,
  more: ReadonlyMap<string, Float32Array>,
): tf.NamedTensorMap {
  const { variables } = sourceOf<LayersModelSource>(trace).lowered;
  const sums = { ...grads };
  for (const [tensor, values] of more) {
    const name = (variables.get(tensor)?.read() as unknown as tf.Variable | undefined)?.name ?? "";
    const gradient = sums[name];
    if (!gradient) continue;
    sums[name] = tf.tidy(() => tf.add(gradient, tf.tensor(values, gradient.shape)));
    gradient.dispose();
  }
  return sums;
}
