import type { Model, Node, Weight } from "../model.js";
import { order } from "../order.js";
import { isFloat, type Wiring, wiringOf } from "./stored-matrix.js";

/** A BatchNormalization with stored statistics: y = scale (x - mean) / sqrt(variance + epsilon) + shift, by channel. */
export interface Norm {
  readonly node: Node;
  readonly input: string;
  readonly output: string;
  readonly channels: number;
  readonly epsilon: number;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: StoredVector;
  readonly variance: StoredVector;
}

/** A stored vector of a norm, such as its scale, read as float32. */
export interface StoredVector {
  readonly weight: Weight;
  /** Nothing else reads it. */
  readonly alone: boolean;
  readonly values: Float32Array;
}

/** The normalisations by running statistics, in topological order. */
export function norms(model: Model): Norm[] {
  const wiring = wiringOf(model);
  return order(model.graph).flatMap((index) => {
    const node = model.graph.nodes[index] as Node;
    return node.op === "BatchNormalization" && node.domain === "" ? (normOf(node, wiring) ?? []) : [];
  });
}

function normOf(node: Node, wiring: Wiring): Norm | undefined {
  const training = node.attributes.get("training_mode");
  const epsilon = node.attributes.get("epsilon");
  if (training?.kind === "int" && training.value !== 0) return undefined;
  if (node.outputs.filter((name) => name !== "").length !== 1) return undefined;
  const [scale, shift, mean, variance] = node.inputs.slice(1, 5).map((name) => vectorOf(wiring, name));
  if (!scale || !shift || !mean || !variance) return undefined;
  return {
    node,
    input: node.inputs[0] as string,
    output: node.outputs[0] as string,
    channels: scale.values.length,
    epsilon: epsilon?.kind === "float" ? epsilon.value : 1e-5,
    scale: scale.values,
    shift: shift.values,
    mean,
    variance,
  };
}

function vectorOf(wiring: Wiring, tensor: string): StoredVector | undefined {
  let name = tensor;
  let alone = true;
  for (;;) {
    alone &&= wiring.readers(name).length === 1;
    const weight = wiring.stored(name);
    if (weight) {
      if (!isFloat(weight)) return undefined;
      return { weight, alone, values: weight.tensor().data as Float32Array };
    }
    const node = wiring.producer(name);
    if (node?.op !== "Identity") return undefined;
    name = node.inputs[0] ?? "";
  }
}
