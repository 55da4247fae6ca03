import type { DataType, Tensor, TensorData } from "../tensor.js";
import { allocate, bounds, settled } from "./data.js";
import { offsets, stepsOf, stridesOf } from "./grid.js";
import { type Call, dimOf, input, int, integers, type Operator, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** One number out of the elements at `start + offsets[i]`. */
export type Reducer = (data: TensorData, start: number, offsets: Int32Array) => number;

export const sum: Reducer = folded(0, (total, x) => total + x);
export const mean: Reducer = (data, start, at) => sum(data, start, at) / at.length;
export const greatest: Reducer = folded(-Infinity, Math.max);
export const sumOfSquares: Reducer = folded(0, (total, x) => total + x * x);
export const sumOfMagnitudes: Reducer = folded(0, (total, x) => total + Math.abs(x));

/** Reductions over axes. */
export const reductions: Operators = {
  ReduceL1: over(sumOfMagnitudes),
  ReduceL2: over((data, start, at) => Math.sqrt(sumOfSquares(data, start, at))),
  ReduceLogSum: over((data, start, at) => Math.log(sum(data, start, at))),
  ReduceLogSumExp: over(logSumExp),
  ReduceMax: (call) => over(folded(bounds(input(call, 0).dtype)[0], Math.max), true)(call),
  ReduceMean: over(mean, true),
  ReduceMin: (call) => over(folded(bounds(input(call, 0).dtype)[1], Math.min), true)(call),
  ReduceProd: over(
    folded(1, (product, x) => product * x),
    true,
  ),
  ReduceSum: over(sum, true),
  ReduceSumSquare: over(sumOfSquares),
};

/** Reduces each slab over `axes` to one element; the reduced dims stay as 1 when `keep` is set. */
export function reduce(
  x: Tensor,
  axes: readonly number[],
  keep: boolean,
  reducer: Reducer,
  dtype: DataType = x.dtype,
): Tensor {
  const reduced = new Set(axes.map((axis) => dimOf(axis, x.shape.length)));
  const steps = stepsOf(x.shape, stridesOf(x.shape));
  const starts = offsets(steps.filter((_, dim) => !reduced.has(dim)));
  const inner = offsets(steps.filter((_, dim) => reduced.has(dim)));
  const data = allocate(dtype, starts.length);
  for (let i = 0; i < data.length; i++) data[i] = reducer(x.data, starts[i]!, inner);
  const kept = x.shape.map((size, dim) => (reduced.has(dim) ? 1 : size));
  const shape = keep ? kept : kept.filter((_, dim) => !reduced.has(dim));
  return settled(dtype, shape, data);
}

/** `transparent`: reducing over no axes at all leaves every element as it is. */
function over(reducer: Reducer, transparent = false): Operator {
  return (call) => {
    const x = input(call, 0);
    const axes = axesOf(call, x.shape.length);
    if (axes.length === 0 && !transparent) refuse("a reduction over no axes");
    return reduce(x, axes, (int(call.node, "keepdims") ?? 1) !== 0, reducer);
  };
}

function axesOf(call: Call, rank: number): readonly number[] {
  const axes = integers(call, 1, "axes") ?? [];
  if (axes.length > 0 || int(call.node, "noop_with_empty_axes")) return axes;
  return Array.from({ length: rank }, (_, dim) => dim);
}

function folded(first: number, combine: (result: number, x: number) => number): Reducer {
  return (data, start, at) => {
    let result = first;
    for (let i = 0; i < at.length; i++) result = combine(result, data[start + at[i]!]!);
    return result;
  };
}

function logSumExp(data: TensorData, start: number, at: Int32Array): number {
  const top = greatest(data, start, at);
  if (!Number.isFinite(top)) return top;
  let total = 0;
  for (let i = 0; i < at.length; i++) total += Math.exp(data[start + at[i]!]! - top);
  return top + Math.log(total);
}
