import * as tf from "@tensorflow/tfjs-core";
import type { LinearCall } from "../activations/linear.js";
import { patchesOf } from "../activations/patches.js";
import { callLayer, runCalls } from "../layers-model/run-calls.js";
import type { LayersModelSource } from "../layers-model/source.js";

/** Rows of one batch: a layer's inputs in the pruned net, x, and what its twin makes of its own, y. */
export interface BatchRows {
  readonly x: tf.Tensor2D;
  readonly y: tf.Tensor2D;
  readonly count: number;
}

/** One of two nets, and a call in it. */
export interface Side {
  readonly source: LayersModelSource;
  readonly call: LinearCall;
}

/** Draws up to `wanted` of the numbers below `size`, ascending. */
export type Draw = (size: number, wanted: number) => Int32Array;

/** Runs both nets on a batch up to a layer and lays its inputs out as rows at the same positions; the rows stay. */
export function batchRows(
  inputs: readonly tf.Tensor[],
  pruned: Side,
  dense: Side,
  { weights, bias }: { readonly weights: tf.Tensor2D; readonly bias: tf.Tensor1D },
  wanted: number,
  draw: Draw,
): BatchRows {
  return tf.tidy(() => {
    const small = patchesOf(inputOf(inputs, pruned), pruned.call.window);
    const at = draw(small.count, wanted);
    const x = small.rows(at);
    const whole = patchesOf(inputOf(inputs, dense), dense.call.window).rows(at);
    const y = tf.add(tf.matMul(whole, weights), bias) as tf.Tensor2D;
    return { x: tf.keep(x), y: tf.keep(y), count: at.length };
  });
}

/** What a call reads, channels last. Call it within `tf.tidy`. */
function inputOf(inputs: readonly tf.Tensor[], { source, call }: Side): tf.Tensor {
  let found: tf.Tensor | undefined;
  const reached = Symbol("reached");
  try {
    runCalls(source.lowered, inputs, (node, activations) => {
      if (node.outputs[0] === call.layer) {
        found = activations[0]?.tensor;
        throw reached;
      }
      return callLayer(node, activations);
    });
  } catch (stop) {
    if (stop !== reached) throw stop;
  }
  const x = found as tf.Tensor;
  const rank = x.shape.length;
  const last = [0, ...Array.from({ length: rank - 2 }, (_, d) => d + 2), 1];
  return call.channelsFirst ? tf.transpose(x, last) : x;
}
