/** A dense array in row-major order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const tensor = (shape: readonly number[], data?: ArrayLike<number>): Tensor => ({
  shape,
  data: data ? Float64Array.from(data) : new Float64Array(sizeOf(shape)),
});

export function strides(shape: readonly number[]): number[] {
  const out = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) out[i] = (out[i + 1] as number) * (shape[i + 1] as number);
  return out;
}

/** Offset of every cell of `shape` when a step along dim d moves by `steps[d]`. */
export function offsets(shape: readonly number[], steps: readonly number[]): Int32Array {
  const out = new Int32Array(sizeOf(shape));
  let length = 1;
  if (out.length === 0) return out;
  for (let d = shape.length - 1; d >= 0; d--) {
    const n = shape[d] as number;
    for (let k = 1; k < n; k++)
      for (let i = 0; i < length; i++) out[k * length + i] = (out[i] as number) + k * (steps[d] as number);
    length *= n;
  }
  return out;
}

/** A tensor of the given shape whose cells are read from another one by offsets. */
export const read = (from: Tensor, shape: readonly number[], at: Int32Array): Tensor => ({
  shape,
  data: Float64Array.from(at, (i) => from.data[i] as number),
});

export function broadcastShape(shapes: readonly (readonly number[])[]): number[] | undefined {
  const rank = Math.max(...shapes.map((s) => s.length));
  const out = new Array<number>(rank).fill(1);
  for (const shape of shapes)
    for (let d = 0; d < shape.length; d++) {
      const at = rank - shape.length + d;
      if (shape[d] === 1 || shape[d] === out[at]) continue;
      if (out[at] !== 1) return undefined;
      out[at] = shape[d] as number;
    }
  return out;
}

/** Offsets into a tensor of `shape` for every cell of the wider shape `to`. */
export function broadcastOffsets(shape: readonly number[], to: readonly number[]): Int32Array {
  const own = strides(shape);
  const steps = to.map((_, d) => {
    const at = d - (to.length - shape.length);
    return at < 0 || shape[at] === 1 ? 0 : (own[at] as number);
  });
  return offsets(to, steps);
}
