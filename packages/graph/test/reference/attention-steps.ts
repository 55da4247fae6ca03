import { type Builder, largest, linearTo, range, reshapeTo, takeAt, transposeBy } from "./builder.js";
import { sizeOf } from "./tensor.js";

/** Attention with heads, of which keys and values may have fewer. */
export function attention(b: Builder): void {
  const x = b.any();
  const shape = b.shape(x);
  if (shape.length < 2) return;
  const t = sizeOf(shape.slice(0, -1));
  const [h, copies] = b.choose([
    [2, 1],
    [3, 1],
    [2, 2],
    [1, 2],
  ] as const);
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
    const right = takeAt(
      b,
      y,
      2,
      range(half).map((i) => i + half),
    );
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
export function fused(b: Builder): void {
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
