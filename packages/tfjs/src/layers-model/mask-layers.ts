import type { Cut, Layout, Trace } from "@prune/graph";
import { wrap } from "@prune/graph/rules";
import * as tf from "@tensorflow/tfjs-core";
import { excess, liveCells } from "../mask/live.js";
import type { LiveModel } from "./live.js";
import { lower } from "./lower.js";
import { type LayerNode, setting, weightInput } from "./node.js";
import { rebuild } from "./rebuild.js";
import { type Activation, callLayer, runCalls } from "./run-calls.js";
import type { LayersModelSource } from "./source.js";

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

/** A call on masked inputs; what normalises over a cut axis does so over the living. */
function masked(
  node: LayerNode,
  inputs: readonly Activation[],
  trace: Trace,
  cut: Pick<Cut, "living">,
): Activation[] {
  const layout = trace.tensors.get(node.inputs[0] as string)?.layout;
  const [x] = inputs;
  if (x && node.op === "LayerNormalization" && liveCells(layout, cut))
    return [{ tensor: normalised(node, x.tensor, layout, cut), steps: x.steps }];
  return callLayer(node, inputs);
}

/** LayerNormalization by the mean and variance of the living cells; dead ones are zero. */
function normalised(
  node: LayerNode,
  x: tf.Tensor,
  layout: Layout | undefined,
  cut: Pick<Cut, "living">,
): tf.Tensor {
  const cells = liveCells(layout, cut);
  if (!cells) return x;
  const axes = [setting<number | readonly number[]>(node, "axis", -1)].flat().map((d) => wrap(d, x.rank));
  const alive = tf.tensor(Float32Array.from(cells.values), [...cells.shape]);
  const more = excess(cells, axes);
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
}
