import type { TensorData } from "../tensor.js";
import { largestOutput } from "./data.js";
import { refuse } from "./refuse.js";

/**
 * Flat offsets of the cells of a grid, factored in two so that they stay small: in row-major order,
 * cell `r * columns.length + c` is at `rows[r] + columns[c]`.
 */
export interface Grid {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
}

/** The grid whose cell (i, j, ...) is at steps[0][i] + steps[1][j] + ...; the split depends on the sizes only. */
export function grid(steps: readonly Int32Array[]): Grid {
  const total = steps.reduce((product, step) => product * step.length, 1);
  let split = steps.length;
  for (let size = 1; split > 0 && size * size <= total; split--) size *= steps[split - 1]!.length;
  return { rows: offsets(steps.slice(0, split)), columns: offsets(steps.slice(split)) };
}

/** The same, as one list. */
export function offsets(steps: readonly Int32Array[]): Int32Array {
  let cells = new Int32Array(1);
  for (const step of steps) {
    const next = new Int32Array(cells.length * step.length);
    let k = 0;
    for (const cell of cells) for (const more of step) next[k++] = cell + more;
    cells = next;
  }
  return cells;
}

/** 0, stride, 2 * stride, ... */
export function steps(size: number, stride: number): Int32Array {
  return indices(size, (i) => i * stride);
}

/** `size` indices by rule. */
export function indices(size: number, index: (i: number) => number): Int32Array {
  if (size > largestOutput) refuse(`an axis of ${size}`);
  const list = new Int32Array(size);
  for (let i = 0; i < size; i++) list[i] = index(i);
  return list;
}

/** Steps of every dim of a shape. */
export function stepsOf(shape: readonly number[], strides: readonly number[]): Int32Array[] {
  return shape.map((size, dim) => steps(size, strides[dim]!));
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  for (let dim = shape.length - 1, stride = 1; dim >= 0; dim--) {
    strides[dim] = stride;
    stride *= shape[dim]!;
  }
  return strides;
}

/** The shape that all these shapes broadcast to. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((size, dim) => {
      const at = rank - shape.length + dim;
      if (size === 1) return;
      if (result[at] !== 1 && result[at] !== size) refuse(`broadcast of [${shapes.join("] [")}]`);
      result[at] = size;
    });
  }
  return result;
}

/** Strides that read a tensor of shape `from` as if it had shape `to`. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  const skipped = to.length - from.length;
  return to.map((_, dim) => (dim < skipped || from[dim - skipped] === 1 ? 0 : own[dim - skipped]!));
}

/** The elements at the cells of a grid. */
export function read(source: TensorData, { rows, columns }: Grid, target: TensorData): void {
  const width = columns.length;
  const contiguous = columns.every((offset, i) => offset === i);
  let k = 0;
  for (const row of rows) {
    if (contiguous) target.set(source.subarray(row, row + width), k);
    else for (let c = 0; c < width; c++) target[k + c] = source[row + columns[c]!]!;
    k += width;
  }
}
