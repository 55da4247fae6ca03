import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { randomNumbers } from "./runtime.js";

/** Random weights where layers start with zeros and ones. */
export function lively(model: LayersModel): LayersModel {
  model.setWeights(
    model.getWeights().map((weight, i) => {
      const isVariance = model.weights[i]?.originalName.endsWith("moving_variance");
      const fan = weight.shape.slice(0, -1).reduce((a, b) => a * b, 1) || 1;
      const values = randomNumbers(i + 3, weight.size).map((x) =>
        isVariance ? 0.5 + x * x : x / Math.sqrt(fan),
      );
      return tf.tensor(values, weight.shape);
    }),
  );
  return model;
}
