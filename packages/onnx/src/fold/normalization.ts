import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { count, reshaped } from "./data.js";
import { map, zip } from "./elementwise.js";
import { type Call, dimOf, float, input, int, ints, type Operators } from "./operator.js";
import { greatest, mean, type Reducer, reduce, sum, sumOfMagnitudes, sumOfSquares } from "./reduce.js";
import { refuse } from "./refuse.js";

/** Softmax and normalisations, computed in float64 and rounded once. */
export const normalization: Operators = {
  Softmax: (call) => softmax(call, (x, total) => Math.exp(x) / total),
  LogSoftmax: (call) => softmax(call, (x, total) => x - Math.log(total)),
  BatchNormalization: (call) => {
    if (int(call.node, "training_mode") || call.node.outputs.length > 1) refuse("training");
    const [x, scale, bias, average, variance] = [0, 1, 2, 3, 4].map((i) => wide(call, i));
    const centred = zip(x!, perChannel(average!, x!), (a, b) => a - b);
    const inverse = map(perChannel(variance!, x!), (v) => 1 / Math.sqrt(v + epsilon(call)));
    return narrow(call, affine(zip(centred, inverse, multiply), scale!, bias));
  },
  InstanceNormalization: (call) => {
    const x = wide(call, 0);
    const { y } = standardised(x, dimsFrom(2, x), epsilon(call));
    return narrow(call, affine(y, wide(call, 1), wide(call, 2)));
  },
  GroupNormalization: (call) => {
    const x = wide(call, 0);
    const [n, c] = x.shape as [number, number];
    const groups = int(call.node, "num_groups") ?? refuse("no num_groups");
    const grouped = reshaped(x, [n, groups, count(x.shape) / (n * groups)]);
    const y = reshaped(standardised(grouped, [2], epsilon(call)).y, x.shape);
    const scale = wide(call, 1);
    return scale.data.length === c
      ? narrow(call, affine(y, scale, wide(call, 2)))
      : narrow(call, reshaped(affine(reshaped(y, grouped.shape), scale, wide(call, 2)), x.shape));
  },
  LayerNormalization: (call) => {
    const x = wide(call, 0);
    const axes = dimsFrom(dimOf(int(call.node, "axis") ?? -1, x.shape.length), x);
    const { y, average, inverse } = standardised(x, axes, epsilon(call));
    const scaled = zip(y, wide(call, 1), multiply);
    const shifted = call.inputs[2] ? zip(scaled, wide(call, 2), add) : scaled;
    const statistics = [average, inverse].map((tensor) => cast(tensor, "float32"));
    return [narrow(call, shifted), ...statistics].slice(0, call.node.outputs.length);
  },
  RMSNormalization: (call) => {
    const x = wide(call, 0);
    const axes = dimsFrom(dimOf(int(call.node, "axis") ?? -1, x.shape.length), x);
    const power = reduce(
      map(x, (v) => v * v),
      axes,
      true,
      mean,
    );
    const inverse = map(power, (v) => 1 / Math.sqrt(v + epsilon(call)));
    return narrow(call, zip(zip(x, inverse, multiply), wide(call, 1), multiply));
  },
  MeanVarianceNormalization: (call) =>
    narrow(call, standardised(wide(call, 0), ints(call.node, "axes") ?? [0, 2, 3], 0).y),
  LpNormalization: (call) => {
    const x = wide(call, 0);
    const norm: Reducer = int(call.node, "p") === 1 ? sumOfMagnitudes : length;
    const norms = reduce(x, [int(call.node, "axis") ?? -1], true, norm);
    return narrow(
      call,
      zip(x, norms, (value, by) => (by === 0 ? 0 : value / by)),
    );
  },
};

const add = (a: number, b: number) => a + b;
const multiply = (a: number, b: number) => a * b;
const length: Reducer = (data, start, at) => Math.sqrt(sumOfSquares(data, start, at));

/** Before opset 13 the axis and all that follow it are one. */
function softmax(call: Call, finish: (x: number, total: number) => number): Tensor {
  const flat = call.opset < 13;
  const given = wide(call, 0);
  const dim = dimOf(int(call.node, "axis") ?? (flat ? 1 : -1), given.shape.length);
  const axes = flat ? dimsFrom(dim, given) : [dim];
  const shifted = zip(given, reduce(given, axes, true, greatest), (x, top) => x - top);
  const totals = reduce(map(shifted, Math.exp), axes, true, sum);
  return narrow(call, zip(shifted, totals, finish));
}

function standardised(x: Tensor, axes: readonly number[], epsilon: number) {
  const average = reduce(x, axes, true, mean);
  const centred = zip(x, average, (a, b) => a - b);
  const variance = reduce(
    map(centred, (v) => v * v),
    axes,
    true,
    mean,
  );
  const inverse = map(variance, (v) => 1 / Math.sqrt(v + epsilon));
  return { y: zip(centred, inverse, multiply), average, inverse };
}

function affine(x: Tensor, scale: Tensor, bias: Tensor | undefined): Tensor {
  const scaled = zip(x, perChannel(scale, x), multiply);
  return bias ? zip(scaled, perChannel(bias, x), add) : scaled;
}

/** A vector along axis 1 of `x`. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return reshaped(vector, [vector.data.length, ...dimsFrom(2, x).map(() => 1)]);
}

function dimsFrom(first: number, { shape }: Tensor): number[] {
  return shape.map((_, dim) => dim).slice(first);
}

function epsilon({ node }: Call): number {
  return float(node, "epsilon") ?? 1e-5;
}

function wide(call: Call, index: number): Tensor {
  return cast(input(call, index), "float64");
}

function narrow(call: Call, result: Tensor): Tensor {
  return cast(result, input(call, 0).dtype);
}
