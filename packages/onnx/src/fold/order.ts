import { allocate, count, integerTensor, settled } from "./data.js";
import { offsets, steps, stepsOf, stridesOf } from "./grid.js";
import { dimOf, input, int, type Operator, type Operators, scalar } from "./operator.js";
import { type Reducer, reduce } from "./reduce.js";

/** Operators that compare the elements along an axis. */
export const order: Operators = {
  ArgMax: extreme((x, best) => x > best),
  ArgMin: extreme((x, best) => x < best),
  TopK: (call) => {
    const x = input(call, 0);
    const dim = dimOf(int(call.node, "axis") ?? -1, x.shape.length);
    const size = x.shape[dim]!;
    const kept = Math.min(scalar(call, 1) ?? int(call.node, "k") ?? 1, size);
    const sign = (int(call.node, "largest") ?? 1) !== 0 ? -1 : 1;
    const shape = x.shape.map((own, d) => (d === dim ? kept : own));
    const [stride, own] = [stridesOf(x.shape)[dim]!, stridesOf(shape)];
    const starts = offsets(besides(x.shape, dim, stridesOf(x.shape)));
    const targets = offsets(besides(x.shape, dim, own));
    const values = allocate(x.dtype, count(shape));
    const found = allocate("int64", values.length);
    starts.forEach((start, row) => {
      const at = (i: number) => x.data[start + i * stride]!;
      const ranked = Array.from(steps(size, 1)).sort((i, j) => sign * (at(i) - at(j)) || i - j);
      for (let i = 0; i < kept; i++) {
        values[targets[row]! + i * own[dim]!] = at(ranked[i]!);
        found[targets[row]! + i * own[dim]!] = ranked[i]!;
      }
    });
    return [{ dtype: x.dtype, shape, data: values }, integerTensor(found, shape)];
  },
  CumSum: running(0, (total, x) => total + x),
  CumProd: running(1, (product, x) => product * x),
};

/** Position of the first (or last) element that beats all others. */
function extreme(beats: (x: number, best: number) => boolean): Operator {
  return (call) => {
    const last = int(call.node, "select_last_index") === 1;
    const position: Reducer = (data, start, at) => {
      let best = 0;
      for (let i = 1; i < at.length; i++) {
        const [x, top] = [data[start + at[i]!]!, data[start + at[best]!]!];
        if (beats(x, top) || (last && x === top)) best = i;
      }
      return best;
    };
    const keep = (int(call.node, "keepdims") ?? 1) !== 0;
    return reduce(input(call, 0), [int(call.node, "axis") ?? 0], keep, position, "int64");
  };
}

/** Running totals along an axis, from either end, with or without the element itself. */
function running(first: number, combine: (total: number, x: number) => number): Operator {
  return (call) => {
    const x = input(call, 0);
    const dim = dimOf(scalar(call, 1) ?? 0, x.shape.length);
    const exclusive = int(call.node, "exclusive") === 1;
    const along = steps(x.shape[dim]!, stridesOf(x.shape)[dim]!);
    if (int(call.node, "reverse") === 1) along.reverse();
    const data = allocate(x.dtype, x.data.length);
    for (const start of offsets(besides(x.shape, dim, stridesOf(x.shape)))) {
      let total = first;
      for (const step of along) {
        const next = combine(total, x.data[start + step]!);
        data[start + step] = exclusive ? total : next;
        total = next;
      }
    }
    return settled(x.dtype, x.shape, data);
  };
}

/** Steps of all dims but one. */
function besides(shape: readonly number[], dim: number, strides: readonly number[]): Int32Array[] {
  return stepsOf(shape, strides).filter((_, d) => d !== dim);
}
