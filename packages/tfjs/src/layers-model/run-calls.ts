import * as tf from "@tensorflow/tfjs-core";
import type { Lowered } from "./lower.js";
import type { LayerNode } from "./node.js";

/** An activation, and which of its steps count where a layer above masks steps. */
export interface Activation {
  readonly tensor: tf.Tensor;
  readonly steps?: tf.Tensor | null | undefined;
}

/** Runs a model call by call; `step` makes each call's outputs from its inputs. Call it within `tf.tidy`. */
export function runCalls(
  { nodes, inputs, outputs }: Pick<Lowered, "nodes" | "inputs" | "outputs">,
  given: readonly tf.Tensor[],
  step: (node: LayerNode, inputs: readonly Activation[]) => readonly Activation[],
): tf.Tensor[] {
  const known = new Map<string, Activation>(
    inputs.map(({ name }, i) => [name, { tensor: given[i] as tf.Tensor }]),
  );
  for (const node of nodes) {
    const made = step(
      node,
      node.inputs.slice(0, node.arity).map((name) => known.get(name) as Activation),
    );
    node.outputs.forEach((name, i) => {
      known.set(name, made[i] as Activation);
    });
  }
  return outputs.map((name) => known.get(name)?.tensor as tf.Tensor);
}

/** A layer as it runs on tensors. */
interface Running {
  apply(inputs: OneOrMany, settings: { readonly mask?: OneOrMany<tf.Tensor | null> }): OneOrMany;
  computeMask(inputs: OneOrMany, mask: OneOrMany<tf.Tensor | null>): OneOrMany<tf.Tensor | null>;
}

type OneOrMany<T = tf.Tensor> = T | T[];

const listed = <T>(value: OneOrMany<T>): T[] => (Array.isArray(value) ? value : [value]);
const single = <T>(list: T[]): OneOrMany<T> => (list.length === 1 ? (list[0] as T) : list);

/** What a call of a layer makes of its inputs, as the model is used, not as it is trained. */
export function callLayer(node: LayerNode, inputs: readonly Activation[]): Activation[] {
  const [x, beside] = inputs.map(({ tensor }) => tensor) as [tf.Tensor, tf.Tensor | undefined];
  if (node.op === "@mergeTime") return [{ tensor: tf.reshape(x, [-1, ...x.shape.slice(2)]) }];
  if (node.op === "@splitTime")
    return [{ tensor: tf.reshape(x, [...(beside?.shape.slice(0, 2) ?? []), ...x.shape.slice(1)]) }];
  const layer = node.layer as unknown as Running;
  const tensors = single(inputs.map(({ tensor }) => tensor));
  const steps = inputs.map((value) => value.steps ?? null);
  const mask = single(steps);
  const made = listed(layer.apply(tensors, steps.some((one) => one) ? { mask } : {}));
  const after = listed(layer.computeMask(tensors, mask));
  return made.map((tensor, i) => ({ tensor, steps: after[i] }));
}
