import {
  type Builder,
  divisors,
  largest,
  linearTo,
  range,
  reshapeTo,
  reuse,
  transposeBy,
  widths,
} from "./builder.js";
import { broadcastShape, sizeOf } from "./tensor.js";

/** A weight's outputs as heads. */
export function heads(b: Builder): void {
  const x = b.any();
  const [h, d] = b.choose([
    [2, 3],
    [3, 2],
    [2, 4],
    [4, 2],
    [3, 4],
    [4, 6],
    [2, 6],
  ] as const);
  const y = linearTo(b, x, h * d);
  const shape = b.shape(y);
  if (shape.length < 5) reshapeTo(b, y, [...shape.slice(0, -1), h, d]);
}

export function reduce(b: Builder): void {
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
export function product(b: Builder): void {
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

export function leftLinear(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const m = shape.at(-2) as number;
  const n = b.choose(widths);
  const out = [...shape.slice(0, -2), n, shape.at(-1) as number];
  if (sizeOf(out) <= largest) b.add("MatMul", [b.parameter([n, m], 1 / Math.sqrt(m)), x], {}, out);
}

export function layerNorm(b: Builder): void {
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

export function groupNorm(b: Builder): void {
  const x = channels(b);
  if (!x) return;
  const [, c] = b.shape(x) as [number, number];
  const groups = b.choose([1, ...divisors(c), c]);
  b.add("GroupNorm", [x, b.parameter([c]), b.parameter([c])], { groups }, b.shape(x));
}

export function conv(b: Builder): void {
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

export function gate(b: Builder): void {
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

export function unary(b: Builder): void {
  const x = b.any();
  b.add(b.choose(["Relu", "Sigmoid", "Tanh", "Cos", "Neg"]), [x], {}, b.shape(x));
}

export function softmax(b: Builder): void {
  const x = b.any();
  b.add("Softmax", [x], { axis: b.pick(b.shape(x).length) }, b.shape(x));
}

/** A table looked up by an input, or used as a constant. */
export function table(b: Builder): void {
  const d = b.choose(widths);
  if (b.pick(2)) b.add("Lookup", [b.parameter([5, d]), "index"], {}, [3, d]);
  else {
    const rows = b.choose([2, 3, 4]);
    b.pool.push(b.parameter([rows, d]));
  }
}
