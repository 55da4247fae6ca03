import type { Cut, Trace } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { liveCells } from "../../mask/live.js";
import { recordOf } from "../layers/layers.js";
import type { LiveModel } from "../live.js";
import { lower } from "../lower.js";
import type { LayerNode } from "../node.js";
import { rebuild } from "../rebuild.js";
import { type Activation, callLayer, runCalls } from "../run-calls.js";
import type { LayersModelSource } from "../source.js";

/** A masked LayersModel, which runs call by call. */
export interface Masked {
  predict(inputs: readonly tf.Tensor[]): tf.Tensor[];
}

/**
 * The original with everything that a cut removes masked: what is dead of any weight is zero, and so is what is dead of
 * any activation before a layer reads it; statistics run over the living. It knows which names live and how tensors are
 * named, but nothing of how the cut is made.
 */
export function maskLayers(
  model: LiveModel,
  source: LayersModelSource,
  trace: Trace,
  cut: Pick<Cut, "living" | "removedElements">,
): Masked {
  const nameOf = new Map([...source.lowered.variables].map(([name, variable]) => [variable, name]));
  const made = rebuild(model, new Map(), (variable) => {
    const uses = trace.parameters.filter(({ tensor }) => tensor === nameOf.get(variable));
    const shape = variable.shape as number[];
    const dead = uses
      .map(({ selectors }) => cut.removedElements({ shape, selectors }))
      .filter((one) => one !== undefined);
    if (dead.length === 0) return undefined;
    const data = Float32Array.from(variable.read().dataSync(), (x, i) =>
      dead.some((flags) => flags[i]) ? 0 : x,
    );
    return { shape, data };
  });
  const lowered = lower(made);
  const gated = (name: string, x: tf.Tensor): tf.Tensor => {
    const cells = liveCells(trace.tensors.get(name)?.layout, cut);
    return cells ? tf.mul(x, tf.tensor(Float32Array.from(cells.values), [...cells.shape])) : x;
  };
  return {
    predict: (given) =>
      tf.tidy(() =>
        runCalls(lowered, given, (node, inputs) => {
          const alive = inputs.map(({ tensor, steps }, i) => ({
            tensor: gated(node.inputs[i] as string, tensor),
            steps,
          }));
          return masked(node, alive, trace, cut);
        }),
      ),
  };
}

/** A call on masked inputs; what takes statistics over a cut axis does so over the living. */
function masked(
  node: LayerNode,
  inputs: readonly Activation[],
  trace: Trace,
  cut: Pick<Cut, "living">,
): Activation[] {
  const mask = recordOf(node.op)?.mask;
  const [x] = inputs;
  const live = mask && liveCells(trace.tensors.get(node.inputs[0] as string)?.layout, cut);
  return x && live ? [{ tensor: mask(node, x.tensor, live), steps: x.steps }] : callLayer(node, inputs);
}
