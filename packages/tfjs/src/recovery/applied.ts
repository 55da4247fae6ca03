import * as tf from "@tensorflow/tfjs-core";
import { padded } from "../activations/patches.js";
import type { Linear } from "./linear.js";

/** An activation with its channels last. */
export function channelsLast(x: tf.Tensor, { channelsFirst }: Pick<Linear, "channelsFirst">): tf.Tensor {
  const rank = x.shape.length;
  const last = [0, ...Array.from({ length: rank - 2 }, (_, d) => d + 2), 1];
  return channelsFirst ? tf.transpose(x, last) : x;
}

/** A tensor whose last dim are channels as [positions, channels]. */
export const flat = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1) as number]);

/** The sums that a layer makes of an activation with its channels last: [.., outputs]. Call it within `tf.tidy`. */
export function applied(x: tf.Tensor, linear: Linear, kernel: Float32Array, bias: Float32Array): tf.Tensor {
  return tf.add(product(x, linear, tf.tensor(kernel, [...linear.kernel])), tf.tensor1d(bias));
}

function product(x: tf.Tensor, { window, turned, depthwise }: Linear, kernel: tf.Tensor): tf.Tensor {
  if (!window) {
    const sums = tf.matMul(flat(x), kernel as tf.Tensor2D, false, turned);
    return tf.reshape(sums, [...x.shape.slice(0, -1), sums.shape[1] as number]);
  }
  const around = padded(x, window);
  const { strides, dilations } = window;
  if (strides.length === 3)
    return tf.conv3d(
      around as tf.Tensor5D,
      kernel as tf.Tensor5D,
      strides as [number, number, number],
      "valid",
      "NDHWC",
      dilations as [number, number, number],
    );
  const pair = (list: readonly number[]): [number, number] => [list[0] as number, list[1] ?? 1];
  const plane = strides.length === 1 ? tf.expandDims(around, 2) : around;
  const square = strides.length === 1 ? tf.expandDims(kernel, 1) : kernel;
  const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  const sums = convolve(
    plane as tf.Tensor4D,
    square as tf.Tensor4D,
    pair(strides),
    "valid",
    "NHWC",
    pair(dilations),
  );
  return strides.length === 1 ? tf.squeeze(sums, [2]) : sums;
}
