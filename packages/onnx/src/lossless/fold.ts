import { OnnxError } from "../errors.js";
import type { Model } from "../model.js";
import { type Linear, linears } from "../refit/linear.js";
import { type Refit, refitModel } from "../refit/refit-model.js";
import type { LosslessPlan } from "./plan.js";

/** The cut model, with what removed units gave their consumers folded into weights and biases. */
export function foldInto(cutModel: Model, plan: LosslessPlan): Model {
  const folds = foldsOf(plan);
  if (folds.length === 0) return cutModel;
  const after = new Map(linears(cutModel).map((linear) => [linear.node.outputs[0], linear]));
  return refitModel(
    cutModel,
    folds.flatMap((fold) => {
      const [output] = fold.linear.node.outputs as [string];
      const linear = after.get(output);
      if (linear) return [refitOf(fold, linear, plan)];
      // A node that nothing reads any more went with the cut.
      if (!cutModel.graph.nodes.some(({ outputs }) => outputs.includes(output))) return [];
      throw new OnnxError("inconsistent-cut", { tensor: output, what: "its weights can't be found again" });
    }),
  );
}

interface Fold {
  readonly linear: Linear;
  readonly shift: Float64Array;
  readonly merges: { readonly from: number; readonly to: number }[];
}

function foldsOf({ leaving }: LosslessPlan): Fold[] {
  const folds = new Map<Linear, Fold>();
  const of = (linear: Linear): Fold => {
    const fold = folds.get(linear) ?? { linear, shift: new Float64Array(linear.outputs), merges: [] };
    folds.set(linear, fold);
    return fold;
  };
  for (const { shifts, merges } of leaving) {
    for (const { linear, by } of shifts) for (const [o, value] of by) of(linear).shift[o]! += value;
    for (const { linear, from, to } of merges)
      of(linear).merges.push(...from.map((position, i) => ({ from: position, to: to[i] as number })));
  }
  return [...folds.values()];
}

function refitOf(fold: Fold, linear: Linear, plan: LosslessPlan): Refit {
  const { view, cut } = plan;
  const { node, input, inputs } = fold.linear;
  const output = node.outputs[0] as string;
  const dims = (tensor: string): number => (fold.linear.window ? 1 : view.rank(tensor) - 1);
  const kept = (tensor: string, size: number): number[] => {
    const names = view.along(tensor, dims(tensor));
    return Array.from({ length: size }, (_, p) => p).filter((p) => !names || cut.lives(names[p] as number));
  };
  const outputs = kept(output, fold.linear.outputs);
  const bias = Float64Array.from(linear.bias() ?? new Float32Array(linear.outputs));
  outputs.forEach((o, at) => {
    bias[at]! += fold.shift[o] as number;
  });
  return {
    linear,
    weights: merged(fold, linear, outputs, kept(input, inputs)),
    bias: Float32Array.from(bias),
  };
}

function merged(
  { linear: before, merges }: Fold,
  linear: Linear,
  outputs: readonly number[],
  inputs: readonly number[],
): Float32Array {
  const weights = Float32Array.from(linear.weights());
  if (merges.length === 0) return weights;
  const original = before.weights();
  const taps = original.length / (before.outputs * before.inputs);
  const place = new Map(inputs.map((position, at) => [position, at]));
  for (const { from, to } of merges)
    outputs.forEach((o, at) => {
      for (let tap = 0; tap < taps; tap++) {
        const here = (at * inputs.length + (place.get(to) as number)) * taps + tap;
        weights[here]! += original[(o * before.inputs + from) * taps + tap] as number;
      }
    });
  return weights;
}
