import type { Attributes } from "./operators.js";
import type { ReferenceNode } from "./reference-graph.js";
import { broadcastShape, sizeOf, type Tensor } from "./tensor.js";

export const widths = [2, 3, 4, 6, 8, 12] as const;

export const largest = 640;

export const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export interface Builder {
  readonly nodes: ReferenceNode[];
  readonly parameters: Map<string, Tensor>;
  readonly shapes: Map<string, readonly number[]>;
  /** Tensors that later steps may use. */
  readonly pool: string[];
  /** The next choice, below n. */
  pick(n: number): number;
  choose<T>(from: readonly T[]): T;
  parameter(shape: readonly number[], scale?: number): string;
  add(
    op: string,
    inputs: readonly string[],
    attributes: Attributes,
    ...shapes: (readonly number[])[]
  ): string[];
  /** A recent tensor. */
  any(): string;
  shape(name: string): readonly number[];
}

export type Make = (b: Builder) => void;

export const reshapeTo = (b: Builder, x: string, shape: readonly number[]): string =>
  b.add("Reshape", [x], { shape }, shape)[0] as string;

export const transposeBy = (b: Builder, x: string, perm: readonly number[]): string => {
  const shape = b.shape(x);
  return b.add(
    "Transpose",
    [x],
    { perm },
    perm.map((d) => shape[d] as number),
  )[0] as string;
};

export const takeAt = (b: Builder, x: string, axis: number, index: readonly number[]): string =>
  b.add(
    "Take",
    [x],
    { axis, index },
    b.shape(x).map((n, d) => (d === axis ? index.length : n)),
  )[0] as string;

export function shuffled(b: Builder, n: number): number[] {
  const all = range(n);
  return range(n).map(() => all.splice(b.pick(all.length), 1)[0] as number);
}

export const divisors = (n: number): number[] => range(n).filter((d) => d > 1 && n % d === 0);

/** A dim with more than one position, with a way to cut it in two. */
export function splittable(b: Builder, shape: readonly number[]): [dim: number, outer: number] | undefined {
  const dims = range(shape.length).filter((d) => divisors(shape[d] as number).length > 0);
  if (dims.length === 0) return undefined;
  const dim = b.choose(dims);
  return [dim, b.choose(divisors(shape[dim] as number))];
}

/** Now and then a weight that is used already: tied weights. */
export function reuse(b: Builder, shape: readonly number[]): string | undefined {
  if (b.pick(5) > 0) return undefined;
  return [...b.parameters].find(([, t]) => t.shape.join() === shape.join())?.[0];
}

export const linearTo = (b: Builder, x: string, n: number): string => {
  if (b.shape(x).length < 2) return linearTo(b, reshapeTo(b, x, [1, ...b.shape(x)]), n);
  const shape = b.shape(x);
  const k = shape.at(-1) as number;
  const w = reuse(b, [k, n]) ?? b.parameter([k, n], Math.sqrt(2 / k));
  return b.add("MatMul", [x, w], {}, [...shape.slice(0, -1), n])[0] as string;
};

function fits(a: readonly number[], c: readonly number[]): boolean {
  const shape = broadcastShape([a, c]);
  return shape !== undefined && sizeOf(shape) <= largest;
}

/** A tensor to put beside x: another activation that broadcasts, or a parameter. */
export function beside(b: Builder, x: string): string {
  const shape = b.shape(x);
  const other = b.pick(2) ? b.pool.filter((name) => name !== x && fits(shape, b.shape(name))) : [];
  if (other.length > 0) return b.choose(other);
  const own = shape.map((n) => (b.pick(3) === 0 ? 1 : n)).slice(b.pick(shape.length));
  return reuse(b, own) ?? b.parameter(own);
}

export const combine = (b: Builder, x: string, y: string): string => {
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
