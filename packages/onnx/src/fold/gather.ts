import type { Tensor } from "../tensor.js";
import { allocate, count, integerTensor, reshaped } from "./data.js";
import { offsets, stepsOf, stridesOf } from "./grid.js";
import { pick } from "./movement.js";
import { dimOf, input, int, type Operators } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that read at positions given by data. */
export const gather: Operators = {
  Gather: (call) => {
    const [x, at] = [input(call, 0), input(call, 1)];
    const dim = dimOf(int(call.node, "axis") ?? 0, x.shape.length);
    const kept = positions(at.data, x.shape[dim]!);
    const taken = pick(
      x,
      x.shape.map((_, d) => (d === dim ? kept : undefined)),
    );
    return reshaped(taken, [...x.shape.slice(0, dim), ...at.shape, ...x.shape.slice(dim + 1)]);
  },
  GatherElements: (call) => {
    const [x, at] = [input(call, 0), input(call, 1)];
    const cells = elements(x.shape, at, int(call.node, "axis") ?? 0);
    const data = allocate(x.dtype, cells.length);
    for (let i = 0; i < data.length; i++) data[i] = x.data[cells[i]!]!;
    return { dtype: x.dtype, shape: at.shape, data };
  },
  GatherND: (call) => {
    const [x, at] = [input(call, 0), input(call, 1)];
    const batched = int(call.node, "batch_dims") ?? 0;
    const starts = tuples(x.shape, at, batched);
    const tail = x.shape.slice(batched + (at.shape.at(-1) ?? 0));
    const width = count(tail);
    const data = allocate(x.dtype, starts.length * width);
    starts.forEach((start, i) => {
      data.set(x.data.subarray(start, start + width), i * width);
    });
    return { dtype: x.dtype, shape: [...at.shape.slice(0, -1), ...tail], data };
  },
  NonZero: (call) => {
    const x = input(call, 0);
    const strides = stridesOf(x.shape);
    const found: number[] = [];
    x.data.forEach((value, i) => {
      if (value !== 0) found.push(i);
    });
    const rows = x.shape.map((size, d) => found.map((i) => Math.floor(i / strides[d]!) % size));
    return integerTensor(rows.flat(), [x.shape.length, found.length]);
  },
};

/** Flat offset in `shape` of every element that an index tensor names along one axis. */
export function elements(shape: readonly number[], at: Tensor, axis: number): Int32Array {
  const dim = dimOf(axis, shape.length);
  const strides = stridesOf(shape);
  const stride = strides[dim]!;
  const cells = offsets(
    stepsOf(
      at.shape,
      strides.map((own, d) => (d === dim ? 0 : own)),
    ),
  );
  positions(at.data, shape[dim]!).forEach((index, i) => {
    cells[i] = cells[i]! + index * stride;
  });
  return cells;
}

/** Flat offset in `shape` of every index tuple (the last axis of `at`), after `batched` shared dims. */
export function tuples(shape: readonly number[], at: Tensor, batched: number): Int32Array {
  const depth = at.shape.at(-1) ?? refuse("index tuples without an axis");
  if (batched + depth > shape.length) refuse("index tuples longer than the rank");
  const strides = stridesOf(shape);
  const starts = new Int32Array(count(at.shape.slice(0, -1)));
  const batches = offsets(stepsOf(shape.slice(0, batched), strides));
  const perBatch = starts.length / batches.length;
  for (let i = 0; i < starts.length; i++) {
    let start = batches[Math.floor(i / perBatch)]!;
    const tuple = at.data.subarray(i * depth, (i + 1) * depth);
    for (let k = 0; k < depth; k++) {
      const size = shape[batched + k]!;
      start += position(tuple[k]!, size) * strides[batched + k]!;
    }
    starts[i] = start;
  }
  return starts;
}

function positions(list: Tensor["data"], size: number): Int32Array {
  return Int32Array.from(list, (index: number) => position(index, size));
}

function position(index: number, size: number): number {
  const at = index < 0 ? index + size : index;
  return at >= 0 && at < size ? at : refuse(`index ${index} of ${size}`);
}
