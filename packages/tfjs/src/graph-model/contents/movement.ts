import type { Dim } from "@prune/graph/advanced";
import { range, wrap } from "@prune/graph/rules";
import { int, ints } from "../node.js";
import { sliced } from "../slices.js";
import {
  broadcastTo,
  type Contents,
  count,
  numbers,
  type Operator,
  offsets,
  picked,
  strides,
} from "./contents.js";

/** The shape with a dim of size 1 put in. */
const withDim = (shape: readonly number[], at: number): number[] => [
  ...shape.slice(0, at),
  1,
  ...shape.slice(at),
];

const reshape: Operator = (_, [x, shape]) => {
  const want = numbers(shape);
  return x && want && reshaped(x, want);
};

function reshaped(x: Contents, want: readonly number[]): Contents | undefined {
  const known = count(want.filter((n) => n >= 0));
  const shape = want.map((n) => (n < 0 ? x.data.length / known : n));
  return count(shape) === x.data.length ? { ...x, shape } : undefined;
}

const transpose: Operator = (_, [x, perm]) => {
  const order = numbers(perm);
  return x && order && permuted(x, order);
};

function permuted(x: Contents, order: readonly number[]): Contents {
  const own = strides(x.shape);
  const shape = order.map((d) => x.shape[d] as number);
  const along = order.map((d, i) => range(shape[i] as number).map((k) => k * (own[d] as number)));
  return picked(x, shape, offsets(along));
}

/** Positions of each dim, counted from a place in the tensor. */
function taken(x: Contents, along: readonly (readonly number[])[]): Contents {
  const own = strides(x.shape);
  const steps = along.map((list, d) => list.map((k) => k * (own[d] as number)));
  return picked(
    x,
    along.map(({ length }) => length),
    offsets(steps),
  );
}

const whole = (x: Contents): number[][] => x.shape.map((n) => range(n));

const gather: Operator = (node, [x, index, axes]) => {
  const at = numbers(index);
  const axis = node.op === "Gather" ? 0 : numbers(axes)?.[0];
  if (!x || !index || !at || axis === undefined || int(node, "batch_dims", 0) !== 0) return undefined;
  const dim = wrap(axis, x.shape.length);
  const along = whole(x);
  along[dim] = at.map((i) => wrap(i, x.shape[dim] as number));
  const shape = [...x.shape.slice(0, dim), ...index.shape, ...x.shape.slice(dim + 1)];
  return { ...taken(x, along), shape };
};

function concat(parts: readonly Contents[], axis: number): Contents | undefined {
  const first = parts[0] as Contents;
  const dim = wrap(axis, first.shape.length);
  const outer = count(first.shape.slice(0, dim));
  const shape = [...first.shape];
  shape[dim] = parts.reduce((n, part) => n + (part.shape[dim] as number), 0);
  const data: Dim[] = [];
  for (let o = 0; o < outer; o++)
    for (const part of parts) {
      const run = part.data.length / outer;
      for (let i = o * run; i < (o + 1) * run; i++) data.push(part.data[i] as Dim);
    }
  return data.length === count(shape) ? { dtype: first.dtype, shape, data } : undefined;
}

const pack: Operator = (node, inputs) => {
  const parts = inputs as readonly Contents[];
  if (parts.some((part) => !part)) return undefined;
  const axis = wrap(int(node, "axis", 0), (parts[0] as Contents).shape.length + 1);
  const wide = parts.map((part) => ({ ...part, shape: withDim(part.shape, axis) }));
  return concat(wide, axis);
};

const unpack: Operator = (node, [x]) => {
  if (!x) return undefined;
  const axis = wrap(int(node, "axis", 0), x.shape.length);
  return range(x.shape[axis] as number).map((k) => {
    const along = whole(x);
    along[axis] = [k];
    return { ...taken(x, along), shape: x.shape.filter((_, d) => d !== axis) };
  });
};

const split = (x: Contents, axis: number, sizes: readonly number[]): Contents[] => {
  let from = 0;
  return sizes.map((size) => {
    const along = whole(x);
    along[axis] = range(size, from);
    from += size;
    return taken(x, along);
  });
};

const strided: Operator = (node, [x, begin, end, steps]) => {
  const [from, to, by] = [begin, end, steps].map(numbers);
  if (!x || !from || !to || !by) return undefined;
  const parts = sliced(node, x.shape, from, to, by);
  if (!parts?.every(({ index }) => index)) return undefined;
  const along = parts.flatMap(({ dim, index }) => (dim === undefined ? [] : [index as readonly number[]]));
  const shape = parts.flatMap(({ kind, index }) => (kind === "shrink" ? [] : [index?.length ?? 1]));
  return { ...taken(x, along), shape };
};

const slice: Operator = (_, [x, begin, size]) => {
  const [from, length] = [numbers(begin), numbers(size)];
  if (!x || !from || !length) return undefined;
  return taken(
    x,
    x.shape.map((n, d) => {
      const start = from[d] as number;
      return range((length[d] as number) < 0 ? n - start : (length[d] as number), start);
    }),
  );
};

const expandDims: Operator = (_, [x, axis]) => {
  const at = numbers(axis)?.[0];
  return x && at !== undefined ? { ...x, shape: withDim(x.shape, wrap(at, x.shape.length + 1)) } : undefined;
};

const squeeze: Operator = (node, [x]) => {
  if (!x) return undefined;
  const given = (ints(node, "squeeze_dims") ?? ints(node, "axis") ?? []).map((d) => wrap(d, x.shape.length));
  const gone = given.length > 0 ? given : range(x.shape.length).filter((d) => x.shape[d] === 1);
  return { ...x, shape: x.shape.filter((_, d) => !gone.includes(d)) };
};

const fill: Operator = (_, [shape, value]) => {
  const want = numbers(shape);
  if (!want || !value) return undefined;
  return { dtype: value.dtype, shape: want, data: new Array<Dim>(count(want)).fill(value.data[0] as Dim) };
};

const filled =
  (value: number): Operator =>
  (_, [x]) =>
    x && { dtype: x.dtype, shape: x.shape, data: new Array<Dim>(x.data.length).fill(value) };

const rangeOf: Operator = (_, [start, limit, delta]) => {
  const [from, to, by] = [start, limit, delta].map((x) => numbers(x)?.[0]);
  if (from === undefined || to === undefined || by === undefined) return undefined;
  const n = Math.max(0, Math.ceil((to - from) / by));
  return { dtype: (start as Contents).dtype, shape: [n], data: range(n).map((k) => from + k * by) };
};

const tile: Operator = (_, [x, repeats]) => {
  const times = numbers(repeats);
  return (
    x &&
    times &&
    taken(
      x,
      x.shape.map((n, d) => range(n * (times[d] as number)).map((i) => i % n)),
    )
  );
};

const broadcast: Operator = (_, [x, shape]) => {
  const want = numbers(shape);
  return x && want && picked(x, want, broadcastTo(x.shape, want));
};

const reverse: Operator = (_, [x, axes]) => {
  const dims = numbers(axes)?.map((d) => wrap(d, x?.shape.length ?? 0));
  return (
    x &&
    dims &&
    taken(
      x,
      x.shape.map((n, d) => (dims.includes(d) ? range(n).reverse() : range(n))),
    )
  );
};

const sparseToDense: Operator = (_, [indices, shape, values, otherwise]) => {
  const [at, want] = [numbers(indices), numbers(shape)];
  if (!at || !want || !values || !otherwise) return undefined;
  const data = new Array<Dim>(count(want)).fill(otherwise.data[0] as Dim);
  const own = strides(want);
  const n = want.length === 0 ? 0 : at.length / want.length;
  for (let i = 0; i < n; i++) {
    const cell = own.reduce((sum, stride, d) => sum + stride * (at[i * want.length + d] as number), 0);
    data[cell] = values.data[values.data.length === 1 ? 0 : i] as Dim;
  }
  return { dtype: otherwise.dtype, shape: want, data };
};

/** The shape that two shapes broadcast to; a size that is open decides only beside itself or 1. */
const broadcastSizes: Operator = (_, [a, b]) => {
  if (!a || !b) return undefined;
  const rank = Math.max(a.data.length, b.data.length);
  const at = (x: Contents, d: number): Dim => x.data[d - rank + x.data.length] ?? 1;
  const data = range(rank).map((d) => {
    const [p, q] = [at(a, d), at(b, d)];
    return p === 1 || p === q ? q : q === 1 ? p : undefined;
  });
  if (!data.every((size) => size !== undefined)) return undefined;
  return { dtype: a.dtype, shape: [rank], data };
};

const pad: Operator = (_, [x, paddings, value]) => {
  const widths = numbers(paddings);
  if (!x || !widths) return undefined;
  const shape = x.shape.map((n, d) => n + (widths[2 * d] as number) + (widths[2 * d + 1] as number));
  const data = new Array<Dim>(count(shape)).fill(value?.data[0] ?? 0);
  const own = strides(shape);
  const to = offsets(x.shape.map((n, d) => range(n, widths[2 * d]).map((k) => k * (own[d] as number))));
  to.forEach((cell, i) => {
    data[cell] = x.data[i] as Dim;
  });
  return { dtype: x.dtype, shape, data };
};

const parts = (inputs: readonly (Contents | undefined)[]): readonly Contents[] | undefined =>
  inputs.every((input) => input) ? (inputs as readonly Contents[]) : undefined;

/** Operators that move, join or repeat cells. */
export const movement: Readonly<Record<string, Operator>> = {
  Identity: (_, [x]) => x,
  Snapshot: (_, [x]) => x,
  StopGradient: (_, [x]) => x,
  EnsureShape: (_, [x]) => x,
  IdentityN: (_, inputs) => parts(inputs),
  Reshape: reshape,
  Transpose: transpose,
  Gather: gather,
  GatherV2: gather,
  ConcatV2: (_, inputs) => {
    const axis = numbers(inputs.at(-1))?.[0];
    const list = parts(inputs.slice(0, -1));
    return list && axis !== undefined ? concat(list, axis) : undefined;
  },
  Concat: (_, [axes, ...inputs]) => {
    const axis = numbers(axes)?.[0];
    const list = parts(inputs);
    return list && axis !== undefined ? concat(list, axis) : undefined;
  },
  Pack: pack,
  Unpack: unpack,
  Split: (node, [axes, x]) => {
    const axis = numbers(axes)?.[0];
    if (!x || axis === undefined) return undefined;
    const dim = wrap(axis, x.shape.length);
    const n = int(node, "num_split", 1);
    return split(x, dim, new Array<number>(n).fill((x.shape[dim] as number) / n));
  },
  SplitV: (_, [x, sizes, axes]) => {
    const [axis, want] = [numbers(axes)?.[0], numbers(sizes)];
    if (!x || axis === undefined || !want) return undefined;
    const dim = wrap(axis, x.shape.length);
    const rest = (x.shape[dim] as number) - want.reduce((a, b) => a + Math.max(b, 0), 0);
    if (!(rest >= 0)) return undefined;
    return split(
      x,
      dim,
      want.map((n) => (n < 0 ? rest : n)),
    );
  },
  StridedSlice: strided,
  Slice: slice,
  ExpandDims: expandDims,
  Squeeze: squeeze,
  Fill: fill,
  ZerosLike: filled(0),
  OnesLike: filled(1),
  Range: rangeOf,
  Tile: tile,
  BroadcastTo: broadcast,
  BroadcastArgs: broadcastSizes,
  ReverseV2: reverse,
  SparseToDense: sparseToDense,
  Pad: pad,
  PadV2: pad,
  Shape: (_, [x]) => x && { dtype: "int32", shape: [x.shape.length], data: x.shape },
  Rank: (_, [x]) => x && { dtype: "int32", shape: [], data: [x.shape.length] },
  Size: (_, [x]) => x && { dtype: "int32", shape: [], data: [count(x.shape)] },
};
