import type { Dim } from "@prune/graph/advanced";
import type { TfNode } from "../node.js";

/** What a tensor holds: numbers, and symbols where a size is known only at run time. */
export interface Contents {
  readonly dtype: "float32" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly data: ArrayLike<Dim>;
}

export type Operator = (
  node: TfNode,
  inputs: readonly (Contents | undefined)[],
) => Contents | readonly Contents[] | undefined;

export const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Contents without symbols. */
export function numbers(contents: Contents | undefined): readonly number[] | undefined {
  if (!contents) return undefined;
  const list = Array.from(contents.data);
  return list.every((d) => typeof d === "number") ? (list as number[]) : undefined;
}

/** New contents whose cell i is cell `from[i]` of another. */
export const picked = (
  { dtype, data }: Contents,
  shape: readonly number[],
  from: ArrayLike<number>,
): Contents => ({
  dtype,
  shape,
  data: Array.from(from, (i) => data[i] as Dim),
});

export function strides(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    result[d] = stride;
    stride *= shape[d] as number;
  }
  return result;
}

/** Offsets of all cells of a shape, row-major, by a list of offsets for each dim. */
export function offsets(alongDims: readonly (readonly number[])[], start = 0): number[] {
  let all = [start];
  for (const along of alongDims) {
    const next = new Array<number>(all.length * along.length);
    let k = 0;
    for (const base of all) for (const step of along) next[k++] = base + step;
    all = next;
  }
  return all;
}

/** Cell numbers of an operand that broadcasts to a shape. */
export function broadcastTo(from: readonly number[], to: readonly number[]): number[] {
  const own = strides(from);
  const lead = to.length - from.length;
  return offsets(
    to.map((n, d) => {
      const stride = d < lead || from[d - lead] === 1 ? 0 : (own[d - lead] as number);
      return Array.from({ length: n }, (_, k) => k * stride);
    }),
  );
}

export function broadcastShape(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes)
    for (let d = 0; d < shape.length; d++) {
      const at = rank - shape.length + d;
      if (shape[d] === 1) continue;
      if (out[at] !== 1 && out[at] !== shape[d]) return undefined;
      out[at] = shape[d] as number;
    }
  return out;
}
