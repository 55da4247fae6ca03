import type { DataType, Tensor } from "../tensor.js";
import { allocate, count, settled } from "./data.js";
import { broadcast, broadcastStrides, type Grid, grid, stepsOf } from "./grid.js";

/** One function on every element. */
export function map(x: Tensor, apply: (value: number) => number, dtype: DataType = x.dtype): Tensor {
  const { data } = x;
  const out = allocate(dtype, data.length);
  for (let i = 0; i < out.length; i++) out[i] = apply(data[i]!);
  return settled(dtype, x.shape, out);
}

/** One function on pairs of elements of two tensors that broadcast together. */
export function zip(
  a: Tensor,
  b: Tensor,
  apply: (a: number, b: number) => number,
  dtype: DataType = a.dtype,
): Tensor {
  const shape = broadcast(a.shape, b.shape);
  const out = allocate(dtype, count(shape));
  const left = a.data;
  const right = b.data;
  const { rows, columns } = spread(a, shape);
  const other = spread(b, shape);
  let k = 0;
  for (let r = 0; r < rows.length; r++) {
    const l = rows[r]!;
    const m = other.rows[r]!;
    for (let c = 0; c < columns.length; c++) {
      out[k++] = apply(left[l + columns[c]!]!, right[m + other.columns[c]!]!);
    }
  }
  return settled(dtype, shape, out);
}

/** Elements of `yes` where `condition` holds, of `no` elsewhere. */
export function choose(condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  const shape = broadcast(condition.shape, yes.shape, no.shape);
  const out = allocate(yes.dtype, count(shape));
  const [c, y, n] = [condition.data, yes.data, no.data];
  const [cs, ys, ns] = [spread(condition, shape), spread(yes, shape), spread(no, shape)];
  let k = 0;
  for (let row = 0; row < cs.rows.length; row++) {
    for (let col = 0; col < cs.columns.length; col++) {
      out[k++] = c[cs.rows[row]! + cs.columns[col]!]!
        ? y[ys.rows[row]! + ys.columns[col]!]!
        : n[ns.rows[row]! + ns.columns[col]!]!;
    }
  }
  return { dtype: yes.dtype, shape, data: out };
}

function spread(x: Tensor, shape: readonly number[]): Grid {
  return grid(stepsOf(shape, broadcastStrides(x.shape, shape)));
}
