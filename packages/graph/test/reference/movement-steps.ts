import {
  type Builder,
  combine,
  divisors,
  largest,
  type Make,
  range,
  reshapeTo,
  shuffled,
  splittable,
  takeAt,
  transposeBy,
} from "./builder.js";
import { sizeOf } from "./tensor.js";

export function headSplit(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const at = splittable(b, shape);
  if (!at || shape.length > 4) return;
  const [dim, outer] = at;
  reshapeTo(b, x, [...shape.slice(0, dim), outer, (shape[dim] as number) / outer, ...shape.slice(dim + 1)]);
}

export function headMerge(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const dim = b.pick(shape.length - 1);
  const merged = (shape[dim] as number) * (shape[dim + 1] as number);
  reshapeTo(b, x, [...shape.slice(0, dim), merged, ...shape.slice(dim + 2)]);
}

/** Two dims cut anew, seldom where they were cut before. */
export function misalign(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const dim = b.pick(shape.length - 1);
  const total = (shape[dim] as number) * (shape[dim + 1] as number);
  const cuts = divisors(total);
  if (cuts.length === 0) return;
  const outer = b.choose(cuts);
  reshapeTo(b, x, [...shape.slice(0, dim), outer, total / outer, ...shape.slice(dim + 2)]);
}

export const transpose: Make = (b) => {
  const x = b.any();
  transposeBy(b, x, shuffled(b, b.shape(x).length));
};

export function concat(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const alike = b.pool.filter(
    (name) =>
      b.shape(name).length === shape.length && b.shape(name).every((n, d) => d === axis || n === shape[d]),
  );
  const second =
    b.pick(4) === 0
      ? b.parameter(shape.map((n, d) => (d === axis ? b.choose([1, 2, 3]) : n)))
      : b.choose(alike);
  const inputs = b.pick(2) ? [x, second] : [second, x];
  const width = (shape[axis] as number) + (b.shape(second)[axis] as number);
  const out = shape.map((n, d) => (d === axis ? width : n));
  if (sizeOf(out) <= largest) b.add("Concat", inputs, { axis }, out);
}

export function slice(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  const step = b.choose([1, 1, 1, 2, -1]);
  const from = b.pick(Math.max(1, n - 1));
  const to = from + 1 + b.pick(n - from);
  const index = range(n)
    .slice(from, to)
    .filter((i) => (i - from) % step === 0);
  takeAt(b, x, axis, step < 0 ? index.reverse() : index);
}

export function split(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  if (n < 2) return;
  const first = b.pick(3) ? Math.floor(n / 2) : 1 + b.pick(n - 1);
  const sizes = [first, n - first];
  b.add("Split", [x], { axis, sizes }, ...sizes.map((s) => shape.map((m, d) => (d === axis ? s : m))));
}

export function gather(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  const index = range(1 + b.pick(Math.min(8, n + 2))).map(() => b.pick(n));
  if (sizeOf(shape) <= largest / 2) takeAt(b, x, axis, index);
}

/** A new dim of copies, as grouped-query attention repeats its keys. */
export function expand(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length > 4) return;
  const dim = b.pick(shape.length + 1);
  const wide = [...shape.slice(0, dim), 1, ...shape.slice(dim)];
  const dims = wide.map((_, d) => (d < dim ? d : d === dim ? -1 : d - 1));
  const n = b.choose([2, 3]);
  const grown = wide.map((m, d) => (d === dim ? n : m));
  if (sizeOf(grown) > largest) return;
  const [y] = b.add("Redim", [x], { dims }, wide);
  const [z] = b.add("Expand", [y as string], { shape: grown }, grown);
  if (dim < shape.length && b.pick(2))
    reshapeTo(
      b,
      z as string,
      shape.map((m, d) => (d === dim ? m * n : m)),
    );
}

export function tile(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  if (sizeOf(shape) <= largest / 2)
    b.add(
      "Tile",
      [x],
      { axis, times: 2 },
      shape.map((n, d) => (d === axis ? n * 2 : n)),
    );
}

export function pad(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const [before, after] = [b.pick(3), b.pick(3)];
  const out = shape.map((n, d) => (d === axis ? n + before + after : n));
  if (before + after > 0 && sizeOf(out) <= largest) b.add("Pad", [x], { axis, before, after }, out);
}

export function channelShuffle(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const at = splittable(b, shape);
  if (!at || shape.length > 4) return;
  const [dim, outer] = at;
  const inner = (shape[dim] as number) / outer;
  const open = reshapeTo(b, x, [...shape.slice(0, dim), outer, inner, ...shape.slice(dim + 1)]);
  const order = range(shape.length + 1);
  [order[dim], order[dim + 1]] = [dim + 1, dim];
  reshapeTo(b, transposeBy(b, open, order), shape);
}

/** Two tensors of as many cells side by side, whatever their shapes. */
export function residual(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const alike = b.pool.filter((name) => name !== x && sizeOf(b.shape(name)) === sizeOf(shape));
  if (alike.length === 0) return;
  let y = b.choose(alike);
  if (b.pick(2)) y = transposeBy(b, y, shuffled(b, b.shape(y).length));
  combine(b, x, b.shape(y).join() === shape.join() ? y : reshapeTo(b, y, shape));
}

/** One tensor repeated in two ways that must agree: copies of positions, and positions picked again. */
export function repeat(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length > 4) return;
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  const out = shape.map((m, d) => (d === axis ? 2 * m : m));
  if (sizeOf(out) > largest) return;
  const wide = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const grown = wide.map((m, d) => (d === axis + 1 ? 2 : m));
  const dims = wide.map((_, d) => (d <= axis ? d : d === axis + 1 ? -1 : d - 1));
  const [y] = b.add("Redim", [x], { dims }, wide);
  const [z] = b.add("Expand", [y as string], { shape: grown }, grown);
  const copied = reshapeTo(b, z as string, out);
  const picked = takeAt(
    b,
    x,
    axis,
    range(2 * n).map((i) => i >> 1),
  );
  combine(b, copied, picked);
}
