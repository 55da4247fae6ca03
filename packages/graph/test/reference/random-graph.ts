import { type Attributes } from "./operators.js";
import type { ReferenceGraph, ReferenceNode } from "./reference-graph.js";
import { broadcastShape, sizeOf, type Tensor } from "./tensor.js";

/** A random choice of an operator and its operands: any numbers make a valid graph. */
export type Step = readonly number[];

/** A graph as data: shrinks and prints. */
export interface Recipe {
  readonly steps: readonly Step[];
  readonly inputs: readonly number[];
  readonly outputs: number;
  readonly computes: boolean;
  /** Which operators: all of them, or mostly those that move a grid of heads. */
  readonly flavour: "all" | "movement" | "attention";
}

const widths = [2, 3, 4, 6, 8, 12] as const;
const largest = 640;

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A small generator of numbers in [-1, 1), the same for the same seed. */
export function randoms(seed: number): () => number {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
  };
}

interface Builder {
  readonly nodes: ReferenceNode[];
  readonly parameters: Map<string, Tensor>;
  readonly shapes: Map<string, readonly number[]>;
  /** Tensors that later steps may use. */
  readonly pool: string[];
  /** The next choice, below n. */
  pick(n: number): number;
  choose<T>(from: readonly T[]): T;
  parameter(shape: readonly number[], scale?: number): string;
  add(op: string, inputs: readonly string[], attributes: Attributes, ...shapes: (readonly number[])[]): string[];
  /** A recent tensor. */
  any(): string;
  shape(name: string): readonly number[];
}

type Make = (b: Builder) => void;

const linearTo = (b: Builder, x: string, n: number): string => {
  if (b.shape(x).length < 2) return linearTo(b, reshapeTo(b, x, [1, ...b.shape(x)]), n);
  const shape = b.shape(x);
  const k = shape.at(-1) as number;
  const w = reuse(b, [k, n]) ?? b.parameter([k, n], Math.sqrt(2 / k));
  return b.add("MatMul", [x, w], {}, [...shape.slice(0, -1), n])[0] as string;
};

/** Now and then a weight that is used already: tied weights. */
function reuse(b: Builder, shape: readonly number[]): string | undefined {
  if (b.pick(5) > 0) return undefined;
  return [...b.parameters].find(([, t]) => t.shape.join() === shape.join())?.[0];
}

/** A tensor to put beside x: another activation that broadcasts, or a parameter. */
function beside(b: Builder, x: string): string {
  const shape = b.shape(x);
  const other = b.pick(2) ? b.pool.filter((name) => name !== x && fits(shape, b.shape(name))) : [];
  if (other.length > 0) return b.choose(other);
  const own = shape.map((n) => (b.pick(3) === 0 ? 1 : n)).slice(b.pick(shape.length));
  return reuse(b, own) ?? b.parameter(own);
}

function fits(a: readonly number[], c: readonly number[]): boolean {
  const shape = broadcastShape([a, c]);
  return shape !== undefined && sizeOf(shape) <= largest;
}

const combine = (b: Builder, x: string, y: string): string => {
  const op = b.choose(["Add", "Mul", "Max", "Where", "Add"]);
  const shape = broadcastShape([b.shape(x), b.shape(y)]) as number[];
  if (op === "Where") {
    const c = beside(b, x);
    const all = broadcastShape([shape, b.shape(c)]);
    if (all && sizeOf(all) <= largest)
      return b.add("Where", b.pick(2) ? [c, x, y] : [x, c, y], {}, all)[0] as string;
  }
  const out = b.add(op === "Where" ? "Add" : op, b.pick(2) ? [x, y] : [y, x], {}, shape)[0] as string;
  return op === "Mul" ? (b.add("Tanh", [out], {}, shape)[0] as string) : out;
};

const reshapeTo = (b: Builder, x: string, shape: readonly number[]): string =>
  b.add("Reshape", [x], { shape }, shape)[0] as string;

const transposeBy = (b: Builder, x: string, perm: readonly number[]): string => {
  const shape = b.shape(x);
  return b.add("Transpose", [x], { perm }, perm.map((d) => shape[d] as number))[0] as string;
};

const takeAt = (b: Builder, x: string, axis: number, index: readonly number[]): string =>
  b.add("Take", [x], { axis, index }, b.shape(x).map((n, d) => (d === axis ? index.length : n)))[0] as string;

function shuffled(b: Builder, n: number): number[] {
  const all = range(n);
  return range(n).map(() => all.splice(b.pick(all.length), 1)[0] as number);
}

const divisors = (n: number): number[] => range(n).filter((d) => d > 1 && n % d === 0);

/** A dim with more than one position, with a way to cut it in two. */
function splittable(b: Builder, shape: readonly number[]): [dim: number, outer: number] | undefined {
  const dims = range(shape.length).filter((d) => divisors(shape[d] as number).length > 0);
  if (dims.length === 0) return undefined;
  const dim = b.choose(dims);
  return [dim, b.choose(divisors(shape[dim] as number))];
}

function headSplit(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const at = splittable(b, shape);
  if (!at || shape.length > 4) return;
  const [dim, outer] = at;
  reshapeTo(b, x, [...shape.slice(0, dim), outer, (shape[dim] as number) / outer, ...shape.slice(dim + 1)]);
}

function headMerge(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const dim = b.pick(shape.length - 1);
  const merged = (shape[dim] as number) * (shape[dim + 1] as number);
  reshapeTo(b, x, [...shape.slice(0, dim), merged, ...shape.slice(dim + 2)]);
}

/** Two dims cut anew, seldom where they were cut before. */
function misalign(b: Builder): void {
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

function concat(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const alike = b.pool.filter(
    (name) => b.shape(name).length === shape.length && b.shape(name).every((n, d) => d === axis || n === shape[d]),
  );
  const second = b.pick(4) === 0 ? b.parameter(shape.map((n, d) => (d === axis ? b.choose([1, 2, 3]) : n))) : b.choose(alike);
  const inputs = b.pick(2) ? [x, second] : [second, x];
  const width = (shape[axis] as number) + (b.shape(second)[axis] as number);
  const out = shape.map((n, d) => (d === axis ? width : n));
  if (sizeOf(out) <= largest) b.add("Concat", inputs, { axis }, out);
}

function slice(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  const step = b.choose([1, 1, 1, 2, -1]);
  const from = b.pick(Math.max(1, n - 1));
  const to = from + 1 + b.pick(n - from);
  const index = range(n).slice(from, to).filter((i) => (i - from) % step === 0);
  takeAt(b, x, axis, step < 0 ? index.reverse() : index);
}

function split(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  if (n < 2) return;
  const first = b.pick(3) ? Math.floor(n / 2) : 1 + b.pick(n - 1);
  const sizes = [first, n - first];
  b.add("Split", [x], { axis, sizes }, ...sizes.map((s) => shape.map((m, d) => (d === axis ? s : m))));
}

function gather(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  const index = range(1 + b.pick(Math.min(8, n + 2))).map(() => b.pick(n));
  if (sizeOf(shape) <= largest / 2) takeAt(b, x, axis, index);
}

/** A new dim of copies, as grouped-query attention repeats its keys. */
function expand(b: Builder): void {
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
  if (dim < shape.length && b.pick(2)) reshapeTo(b, z as string, shape.map((m, d) => (d === dim ? m * n : m)));
}

function tile(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  if (sizeOf(shape) <= largest / 2)
    b.add("Tile", [x], { axis, times: 2 }, shape.map((n, d) => (d === axis ? n * 2 : n)));
}

function pad(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const [before, after] = [b.pick(3), b.pick(3)];
  const out = shape.map((n, d) => (d === axis ? n + before + after : n));
  if (before + after > 0 && sizeOf(out) <= largest) b.add("Pad", [x], { axis, before, after }, out);
}

function reduce(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const axes = b.pick(4) === 0 && shape.length > 2 ? [b.pick(2), 2] : [b.pick(shape.length)];
  const keep = b.pick(2);
  const out = shape.map((n, d) => (axes.includes(d) ? 1 : n));
  b.add(
    b.choose(["ReduceSum", "ReduceSum", "ReduceMean", "ReduceMax"]),
    [x],
    { axes, keep },
    keep ? out : out.filter((_, d) => !axes.includes(d)),
  );
}

/** x times another activation: as is, or transposed to fit. */
function product(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const k = shape.at(-1) as number;
  const flip = b.pick(2) === 1;
  const others = b.pool.filter((name) => {
    const s = b.shape(name);
    if (s.length < 2 || s.at(flip ? -1 : -2) !== k) return false;
    const batch = broadcastShape([shape.slice(0, -2), s.slice(0, -2)]);
    return batch && sizeOf(batch) * (shape.at(-2) as number) * (s.at(flip ? -2 : -1) as number) <= largest;
  });
  if (others.length === 0) return;
  let y = b.choose(others);
  if (flip) {
    const r = b.shape(y).length;
    y = transposeBy(b, y, [...range(r - 2), r - 1, r - 2]);
  }
  const batch = broadcastShape([shape.slice(0, -2), b.shape(y).slice(0, -2)]) as number[];
  b.add("MatMul", [x, y], {}, [...batch, shape.at(-2) as number, b.shape(y).at(-1) as number]);
}

function leftLinear(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const m = shape.at(-2) as number;
  const n = b.choose(widths);
  const out = [...shape.slice(0, -2), n, shape.at(-1) as number];
  if (sizeOf(out) <= largest) b.add("MatMul", [b.parameter([n, m], 1 / Math.sqrt(m)), x], {}, out);
}

function layerNorm(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = shape.length > 1 && b.pick(4) === 0 ? shape.length - 2 : shape.length - 1;
  if (shape.length === 0) return;
  const own = shape.slice(axis);
  b.add("LayerNorm", [x, b.parameter(own), b.parameter(own)], { axis }, shape);
}

/** Something of shape [n, c, l]. */
function channels(b: Builder): string | undefined {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length === 3) return x;
  if (shape.length < 3) return undefined;
  return reshapeTo(b, x, [shape[0] as number, shape[1] as number, sizeOf(shape.slice(2))]);
}

function groupNorm(b: Builder): void {
  const x = channels(b);
  if (!x) return;
  const [, c] = b.shape(x) as [number, number];
  const groups = b.choose([1, ...divisors(c), c]);
  b.add("GroupNorm", [x, b.parameter([c]), b.parameter([c])], { groups }, b.shape(x));
}

function conv(b: Builder): void {
  const x = channels(b);
  if (!x) return;
  const [n, c, l] = b.shape(x) as [number, number, number];
  const group = b.choose([1, 1, c, ...divisors(c)]);
  const out = group > 1 ? group * (1 + b.pick(3)) : b.choose(widths);
  if (n * out * l > largest) return;
  const inner = c / group;
  const shape = [out, inner, b.choose([1, 3])];
  const w =
    reuse(b, shape) ??
    (b.pick(8) === 0
      ? (b.add("Neg", [b.parameter(shape, 1 / Math.sqrt(inner))], {}, shape)[0] as string)
      : b.parameter(shape, 1 / Math.sqrt(inner)));
  const [y] = b.add("Conv", [x, w], { group }, [n, out, l]);
  if (b.pick(2)) b.add("Add", [y as string, b.parameter([out, 1])], {}, [n, out, l]);
}

/** Attention with heads, of which keys and values may have fewer. */
function attention(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const t = sizeOf(shape.slice(0, -1));
  const [h, copies] = b.choose([[2, 1], [3, 1], [2, 2], [1, 2]] as const);
  const d = b.choose([2, 4]);
  if (t * h * copies * d > largest || t * t * h * copies > largest) return;
  const flat = shape.length === 2 ? x : reshapeTo(b, x, [t, shape.at(-1) as number]);
  const heads = (n: number): string =>
    transposeBy(b, reshapeTo(b, linearTo(b, flat, n * d), [t, n, d]), [1, 0, 2]);
  const q = heads(h * copies);
  const repeated = (): string => {
    const k = heads(h);
    if (copies === 1) return k;
    const [wide] = b.add("Redim", [k], { dims: [0, -1, 1, 2] }, [h, 1, t, d]);
    const grown = [h, copies, t, d];
    const [e] = b.add("Expand", [wide as string], { shape: grown }, grown);
    return reshapeTo(b, e as string, [h * copies, t, d]);
  };
  const rotated = (y: string): string => {
    if (b.pick(3) > 0) return y;
    const own = b.shape(y);
    const half = d / 2;
    const left = takeAt(b, y, 2, range(half));
    const right = takeAt(b, y, 2, range(half).map((i) => i + half));
    const [minus] = b.add("Neg", [right], {}, b.shape(right));
    const [turned] = b.add("Concat", [minus as string, left], { axis: 2 }, own);
    const [a] = b.add("Mul", [y, b.parameter([t, d])], {}, own);
    const [c] = b.add("Mul", [turned as string, b.parameter([t, d])], {}, own);
    return b.add("Add", [a as string, c as string], {}, own)[0] as string;
  };
  const k = transposeBy(b, rotated(repeated()), [0, 2, 1]);
  const [s] = b.add("MatMul", [rotated(q), k], {}, [h * copies, t, t]);
  const [p] = b.add("Softmax", [s as string], { axis: 2 }, [h * copies, t, t]);
  const [y] = b.add("MatMul", [p as string, repeated()], {}, [h * copies, t, d]);
  const merged = reshapeTo(b, transposeBy(b, y as string, [1, 0, 2]), [t, h * copies * d]);
  linearTo(b, merged, shape.at(-1) as number);
}

/** Heads of query, key and value in one weight, cut apart after the reshape. */
function fused(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const t = sizeOf(shape.slice(0, -1));
  const [h, d] = [2, b.choose([2, 3])];
  if (t * 3 * h * d > largest || t * t * h > largest) return;
  const flat = shape.length === 2 ? x : reshapeTo(b, x, [t, shape.at(-1) as number]);
  const all = transposeBy(b, reshapeTo(b, linearTo(b, flat, 3 * h * d), [t, 3, h, d]), [1, 2, 0, 3]);
  const part = (i: number): string => {
    const one = takeAt(b, all, 0, [i]);
    return b.add("Redim", [one], { dims: [1, 2, 3] }, [h, t, d])[0] as string;
  };
  const [q, k, v] = [part(0), transposeBy(b, part(1), [0, 2, 1]), part(2)];
  const [s] = b.add("MatMul", [q, k], {}, [h, t, t]);
  const [p] = b.add("Softmax", [s as string], { axis: 2 }, [h, t, t]);
  const [y] = b.add("MatMul", [p as string, v], {}, [h, t, d]);
  reshapeTo(b, transposeBy(b, y as string, [1, 0, 2]), [t, h * d]);
}

function channelShuffle(b: Builder): void {
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

function gate(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const axis = b.pick(shape.length);
  const n = shape[axis] as number;
  if (n < 2 || n % 2) return;
  const half = shape.map((m, d) => (d === axis ? m / 2 : m));
  const [u, v] = b.add("Split", [x], { axis, sizes: [n / 2, n / 2] }, half, half);
  const [s] = b.add("Sigmoid", [u as string], {}, half);
  b.add("Mul", [s as string, v as string], {}, half);
}

function unary(b: Builder): void {
  const x = b.any();
  b.add(b.choose(["Relu", "Sigmoid", "Tanh", "Cos", "Neg"]), [x], {}, b.shape(x));
}

function softmax(b: Builder): void {
  const x = b.any();
  b.add("Softmax", [x], { axis: b.pick(b.shape(x).length) }, b.shape(x));
}

/** A table looked up by an input, or used as a constant. */
function table(b: Builder): void {
  const d = b.choose(widths);
  if (b.pick(2)) b.add("Lookup", [b.parameter([5, d]), "index"], {}, [3, d]);
  else {
    const rows = b.choose([2, 3, 4]);
    b.pool.push(b.parameter([rows, d]));
  }
}

/** A weight's outputs as heads. */
function heads(b: Builder): void {
  const x = b.any();
  const [h, d] = b.choose([[2, 3], [3, 2], [2, 4], [4, 2], [3, 4], [4, 6], [2, 6]] as const);
  const y = linearTo(b, x, h * d);
  const shape = b.shape(y);
  if (shape.length < 5) reshapeTo(b, y, [...shape.slice(0, -1), h, d]);
}

const transpose: Make = (b) => {
  const x = b.any();
  transposeBy(b, x, shuffled(b, b.shape(x).length));
};

/** Two tensors of as many cells side by side, whatever their shapes. */
function residual(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  const alike = b.pool.filter((name) => name !== x && sizeOf(b.shape(name)) === sizeOf(shape));
  if (alike.length === 0) return;
  let y = b.choose(alike);
  if (b.pick(2)) y = transposeBy(b, y, shuffled(b, b.shape(y).length));
  combine(b, x, b.shape(y).join() === shape.join() ? y : reshapeTo(b, y, shape));
}

/** One tensor repeated in two ways that must agree: copies of positions, and positions picked again. */
function repeat(b: Builder): void {
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
  const picked = takeAt(b, x, axis, range(2 * n).map((i) => i >> 1));
  combine(b, copied, picked);
}

const makes: readonly Make[] = [
  residual, residual, repeat,
  (b) => {
    linearTo(b, b.any(), b.choose(widths));
  },
  (b) => {
    linearTo(b, b.any(), b.choose(widths));
  },
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
  leftLinear,
  headSplit,
  headSplit,
  headMerge,
  headMerge,
  misalign,
  (b) => {
    const x = b.any();
    transposeBy(b, x, shuffled(b, b.shape(x).length));
  },
  concat,
  concat,
  slice,
  split,
  gather,
  expand,
  tile,
  pad,
  reduce,
  product,
  product,
  layerNorm,
  groupNorm,
  conv,
  conv,
  attention,
  fused,
  channelShuffle,
  gate,
  unary,
  softmax,
  table,
];

const movement: readonly Make[] = [
  residual, residual, repeat,
  heads, heads, transpose, transpose, transpose, headSplit, headMerge, headMerge, headMerge, misalign, channelShuffle,
  concat, concat, slice, slice, split, gather, expand, tile, pad, reduce, softmax, layerNorm, conv, product, unary,
  leftLinear,
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
];

const attentive: readonly Make[] = [attention, fused, heads, transpose, headMerge, headSplit, ...makes];

const flavours = { all: makes, movement, attention: attentive };

/** Decodes a recipe. */
export function build(recipe: Recipe): ReferenceGraph {
  let step: Step = [];
  let at = 0;
  let made = 0;
  const fill = (shape: readonly number[], scale: number, seed: number): Tensor => {
    const next = randoms(seed);
    return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => next() * scale) };
  };
  const b: Builder = {
    nodes: [],
    parameters: new Map(),
    shapes: new Map(),
    pool: [],
    pick: (n) => (n < 1 ? 0 : (step[at++] ?? 0) % n),
    choose: (from) => from[b.pick(from.length)] as (typeof from)[number],
    parameter(shape, scale = 1) {
      const name = `w${b.parameters.size}`;
      b.parameters.set(name, fill(shape, scale, b.parameters.size + 7));
      b.shapes.set(name, shape);
      return name;
    },
    add(op, inputs, attributes, ...shapes) {
      const outputs = shapes.map((shape) => {
        const name = `t${made++}`;
        b.shapes.set(name, shape);
        if (shape.length > 0) b.pool.push(name);
        return name;
      });
      b.nodes.push({ name: `${op}${b.nodes.length}`, op, inputs, outputs, attributes });
      return outputs;
    },
    any: () => b.pool[Math.max(0, b.pool.length - 1 - Math.min(b.pick(6), b.pick(16)))] as string,
    shape: (name) => b.shapes.get(name) as readonly number[],
  };
  const inputs = new Map([["x", fill(recipe.inputs, 1, 3)], ["index", { shape: [3], data: Float64Array.of(4, 0, 2) }]]);
  b.shapes.set("x", recipe.inputs);
  b.shapes.set("index", [3]);
  b.pool.push("x");
  if (recipe.flavour !== "all") {
    step = (recipe.steps[0] ?? []).slice(3);
    heads(b);
  }
  for (const next of recipe.steps) {
    step = next.slice(1);
    at = 0;
    const makers = flavours[recipe.flavour];
    (makers[(next[0] as number) % makers.length] as Make)(b);
  }
  const used = new Set(b.nodes.flatMap((node) => node.inputs));
  const leaves = b.nodes.flatMap((node) => node.outputs).filter((name) => !used.has(name));
  const outputs: string[] = [];
  step = [];
  for (const name of leaves.slice(0, recipe.outputs)) {
    if (b.shape(name).length > 0 && recipe.outputs > 1) outputs.push(linearTo(b, b.shape(name).length > 1 ? name : reshapeTo(b, name, [1, ...b.shape(name)]), 3));
    else outputs.push(name);
  }
  return { nodes: b.nodes, parameters: b.parameters, inputs, outputs, computes: recipe.computes };
}
