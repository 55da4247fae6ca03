import type { Model } from "@prune/onnx";
import { constantWeight, type Weight } from "@prune/onnx/advanced";
import { isFloat } from "./graph/element-type.js";

/** Which stored tensors `parametersOf` lists. */
export interface ParametersOptions {
  /** Running statistics of batch normalisations too. @default false */
  readonly statistics?: boolean;
}

/** The inputs of BatchNormalization that hold what was measured in training. */
const statisticInputs = [3, 4];

/**
 * Stored float tensors that can be trained, by name: initializers of more than one element, or where a model has none,
 * as some exporters write it, the contents of its Constant nodes. Masks, with their endlessly large numbers, are none.
 */
export function parametersOf(
  { graph }: Model,
  { statistics = false }: ParametersOptions = {},
): ReadonlyMap<string, Weight> {
  const isTrained = (weight: Weight): boolean =>
    isFloat(weight.dtype) && weight.shape.reduce((a, b) => a * b, 1) > 1 && !isMask(weight);
  const stored = new Map([...graph.initializers].filter(([, weight]) => isTrained(weight)));
  if (![...stored.values()].some(({ shape }) => shape.length > 1))
    for (const node of graph.nodes) {
      const weight = constantWeight(node);
      if (weight && isTrained(weight)) stored.set(weight.name, weight);
    }
  if (!statistics)
    for (const { op, inputs } of graph.nodes)
      if (op === "BatchNormalization") for (const i of statisticInputs) stored.delete(inputs[i] ?? "");
  return stored;
}

/** No weight is as large, and what hides a position is. */
const huge = 1e30;

function isMask(weight: Weight): boolean {
  const { data } = weight.tensor();
  return data.some((value) => !(Math.abs(value) < huge) && !Number.isNaN(value));
}
