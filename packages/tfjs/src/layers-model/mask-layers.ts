import type { Cut, Layout, State } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { excess, liveCells, liveElements } from "../mask/live.js";
import type { LiveModel } from "./live.js";
import { lower } from "./lower.js";
import { type LayerNode, setting, weightInput, wrap } from "./node.js";
import { rebuild } from "./rebuild.js";
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
  state: State,
  { life }: Pick<Cut, "life">,
): Masked {
  const nameOf = new Map([...source.lowered.variables].map(([name, variable]) => [variable, name]));
  const masked = rebuild(model, new Map(), (variable) => {
    const uses = state.parameters.all.filter(({ tensor }) => tensor === nameOf.get(variable));
    const shape = variable.shape as number[];
    const alive = uses
      .map(({ selectors }) => liveElements(shape, selectors, life))
      .filter((one) => one !== undefined);
    if (alive.length === 0) return undefined;
    const data = Float32Array.from(variable.read().dataSync(), (x, i) =>
      alive.every((flags) => flags[i]) ? x : 0,
    );
    return { shape, data };
  });
  const { nodes, inputs, outputs } = lower(masked);
  const gated = (name: string, x: tf.Tensor): tf.Tensor => {
    const cells = liveCells(state.values.get(name)?.layout, life);
    return cells ? tf.mul(x, tf.tensor(Float32Array.from(cells.values), [...cells.shape])) : x;
  };
  return {
    predict(given) {
      return tf.tidy(() => {
        const known = new Map<string, Value>(
          inputs.map(({ name }, i) => [name, { tensor: given[i] as tf.Tensor }]),
        );
        for (const node of nodes) {
          const read = node.inputs.slice(0, node.arity);
          const values = read.map((name) => {
            const { tensor, steps } = known.get(name) as Value;
            return { tensor: gated(name, tensor), steps };
          });
          const made = call(node, values, state.values.get(read[0] as string)?.layout, life);
          node.outputs.forEach((name, i) => {
            known.set(name, made[i] as Value);
          });
        }
        return outputs.map((name) => known.get(name)?.tensor as tf.Tensor);
      });
    },
  };
}

/** An activation, and which of its steps count where a layer above masks steps. */
interface Value {
  readonly tensor: tf.Tensor;
  readonly steps?: tf.Tensor | null | undefined;
}

/** A layer as it runs on tensors. */
interface Running {
  apply(inputs: OneOrMany, settings: { readonly mask?: OneOrMany<tf.Tensor | null> }): OneOrMany;
  computeMask(inputs: OneOrMany, mask: OneOrMany<tf.Tensor | null>): OneOrMany<tf.Tensor | null>;
}

type OneOrMany<T = tf.Tensor> = T | T[];

const listed = <T>(value: OneOrMany<T>): T[] => (Array.isArray(value) ? value : [value]);
const single = <T>(list: T[]): OneOrMany<T> => (list.length === 1 ? (list[0] as T) : list);

function call(
  node: LayerNode,
  inputs: readonly Value[],
  layout: Layout | undefined,
  life: Uint8Array,
): Value[] {
  const [x, beside] = inputs.map(({ tensor }) => tensor) as [tf.Tensor, tf.Tensor | undefined];
  if (node.op === "@mergeTime") return [{ tensor: tf.reshape(x, [-1, ...x.shape.slice(2)]) }];
  if (node.op === "@splitTime")
    return [{ tensor: tf.reshape(x, [...(beside?.shape.slice(0, 2) ?? []), ...x.shape.slice(1)]) }];
  if (node.op === "LayerNormalization" && liveCells(layout, life))
    return [{ tensor: normalised(node, x, layout, life), steps: inputs[0]?.steps }];
  const layer = node.layer as unknown as Running;
  const tensors = single(inputs.map(({ tensor }) => tensor));
  const steps = inputs.map((value) => value.steps ?? null);
  const mask = single(steps);
  const made = listed(layer.apply(tensors, steps.some((one) => one) ? { mask } : {}));
  const after = listed(layer.computeMask(tensors, mask));
  return made.map((tensor, i) => ({ tensor, steps: after[i] }));
}

/** LayerNormalization by the mean and variance of the living cells; dead ones are zero. */
function normalised(node: LayerNode, x: tf.Tensor, layout: Layout | undefined, life: Uint8Array): tf.Tensor {
  const cells = liveCells(layout, life);
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
