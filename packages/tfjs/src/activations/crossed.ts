import * as tf from "@tensorflow/tfjs-core";

/** aᵀ b by group, [groups, rows, *] each. One group is turned first: wasm is ten times slower at products that turn. */
export function crossed(a: tf.Tensor3D, b: tf.Tensor3D): tf.Tensor3D {
  if (a.shape[0] !== 1) return tf.matMul(a, b, true);
  return tf.matMul(tf.transpose(a, [0, 2, 1]), b);
}
