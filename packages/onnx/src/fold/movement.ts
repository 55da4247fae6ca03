import type { Tensor } from "../tensor.js";
import { allocate, count, reshaped } from "./data.js";
import { broadcast, broadcastStrides, grid, indices, read, steps, stepsOf, stridesOf } from "./grid.js";
import { dimOf, input, int, integers, ints, type Operators, scalar, string } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that move or repeat elements. */
export const movement: Operators = {
  Transpose: (call) => {
    const x = input(call, 0);
    return permute(x, ints(call.node, "perm") ?? x.shape.map((_, dim) => dim).reverse());
  },
  Expand: (call) => {
    const x = input(call, 0);
    const shape = broadcast(x.shape, integers(call, 1, "") ?? []);
    return gathered(x, stepsOf(shape, broadcastStrides(x.shape, shape)));
  },
  Tile: (call) => {
    const x = input(call, 0);
    const repeats = integers(call, 1, "") ?? [];
    if (repeats.length !== x.shape.length) refuse("tiles of another rank");
    return pick(
      x,
      x.shape.map((size, dim) => indices(size * repeats[dim]!, (i) => i % size)),
    );
  },
  DepthToSpace: (call) => {
    const x = input(call, 0);
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const b = int(call.node, "blocksize") ?? 1;
    const depth = c / (b * b);
    const byColumn = string(call.node, "mode") === "CRD";
    const split = reshaped(x, byColumn ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]);
    const moved = permute(split, byColumn ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
    return reshaped(moved, [n, depth, h * b, w * b]);
  },
  SpaceToDepth: (call) => {
    const x = input(call, 0);
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const b = int(call.node, "blocksize") ?? 1;
    const split = reshaped(x, [n, c, h / b, b, w / b, b]);
    return reshaped(permute(split, [0, 3, 5, 1, 2, 4]), [n, c * b * b, h / b, w / b]);
  },
  Trilu: (call) => {
    const x = input(call, 0);
    const upper = (int(call.node, "upper") ?? 1) !== 0;
    const shift = scalar(call, 1) ?? 0;
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    const data = x.data.slice();
    for (let i = 0; i < data.length; i++) {
      const column = i % columns;
      const diagonal = (((i - column) / columns) % rows) + shift;
      if (upper ? column < diagonal : column > diagonal) data[i] = 0;
    }
    return { ...x, data };
  },
  ReverseSequence: (call) => {
    const x = input(call, 0);
    const lengths = input(call, 1).data;
    const time = int(call.node, "time_axis") ?? 0;
    const batch = int(call.node, "batch_axis") ?? 1;
    const strides = stridesOf(x.shape);
    const data = x.data.slice();
    for (let i = 0; i < data.length; i++) {
      const at = Math.floor(i / strides[time]!) % x.shape[time]!;
      const length = lengths[Math.floor(i / strides[batch]!) % x.shape[batch]!]!;
      if (at < length) data[i] = x.data[i + (length - 1 - 2 * at) * strides[time]!]!;
    }
    return { ...x, data };
  },
};

export function permute(x: Tensor, order: readonly number[]): Tensor {
  const strides = stridesOf(x.shape);
  if (order.length !== x.shape.length) refuse("an order of another rank");
  const dims = order.map((axis) => dimOf(axis, x.shape.length));
  return gathered(
    x,
    dims.map((dim) => steps(x.shape[dim]!, strides[dim]!)),
  );
}

/** The sub-grid at these indices of every dim; undefined keeps a dim as it is. */
export function pick(x: Tensor, kept: readonly (Int32Array | undefined)[]): Tensor {
  const strides = stridesOf(x.shape);
  return gathered(
    x,
    x.shape.map((size, dim) => {
      const stride = strides[dim]!;
      return kept[dim]?.map((index) => index * stride) ?? steps(size, stride);
    }),
  );
}

function gathered(x: Tensor, list: readonly Int32Array[]): Tensor {
  const shape = list.map((step) => step.length);
  const data = allocate(x.dtype, count(shape));
  read(x.data, grid(list), data);
  return { dtype: x.dtype, shape, data };
}
