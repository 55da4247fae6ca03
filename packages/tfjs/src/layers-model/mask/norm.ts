import { wrap } from "@prune/graph/rules";
import * as tf from "@tensorflow/tfjs-core";
import { excess } from "../../mask/live.js";
import { setting, weightInput } from "../node.js";
import type { Masker } from "./masking.js";

/** LayerNormalization by the mean and variance of the living cells. */
export const layerNorm: Masker = (node, x, live) => {
  const axes = [setting<number | readonly number[]>(node, "axis", -1)].flat().map((d) => wrap(d, x.rank));
  const alive = tf.tensor(Float32Array.from(live.values), [...live.shape]);
  const more = excess(live, axes);
  const times = tf.tensor(more.values, more.shape);
  const mean = tf.mul(tf.mean(x, axes, true), times);
  const centred = tf.mul(tf.sub(x, mean), alive);
  const variance = tf.mul(tf.mean(tf.square(centred), axes, true), times);
  const y = tf.div(centred, tf.sqrt(tf.add(variance, setting(node, "epsilon", 1e-3))));
  const shape = x.shape.map((size, d) => (axes.includes(d) ? size : 1));
  const operand = (name: string): tf.Tensor | undefined => {
    const at = weightInput(node, name);
    const variable = at === undefined ? undefined : node.layer.weights[at - node.arity];
    return variable && tf.reshape(variable.read() as unknown as tf.Tensor, shape);
  };
  const [gamma, beta] = [operand("gamma"), operand("beta")];
  const scaled = gamma ? tf.mul(y, gamma) : y;
  return beta ? tf.add(scaled, beta) : scaled;
};
