import { type Model, readModel } from "@prune/onnx";
import { type NewNode, newModel } from "@prune/onnx/advanced";
import type { Values } from "@prune/runtime-ort";

type Attributes = Readonly<Record<string, number | readonly number[]>>;

export interface Step {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Attributes;
}

export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Values of any element type that a network stores: Uint16Array holds halves. */
export interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int8Array | Uint16Array | BigInt64Array;
}

const elementTypes = new Map<unknown, number>([
  [Float32Array, 1],
  [Int8Array, 3],
  [BigInt64Array, 7],
  [Uint16Array, 10],
]);

/** A model from "input" to "output". */
export function network(
  steps: readonly Step[],
  weights: Readonly<Record<string, Stored>>,
  { inputType = 1, opset = 13 }: { readonly inputType?: number; readonly opset?: number } = {},
): Model {
  const nodes = steps.map(
    ({ op, inputs, output, attributes = {} }): NewNode => ({
      name: output,
      op,
      domain: "",
      inputs,
      outputs: [output],
      attributes: new Map(Object.entries(attributes)),
    }),
  );
  const tensors = Object.entries(weights).map(([name, { shape, data }]) => ({
    name,
    elementType: elementTypes.get(data.constructor) as number,
    shape,
    bytes: () => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  }));
  return readModel(
    newModel({
      inputs: [{ name: "input", elementType: inputType }],
      outputs: ["output"],
      nodes,
      tensors,
      opset,
    }),
  );
}

/** A seeded stream of normal numbers. */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

export function tensor(shape: readonly number[], seed: number): Tensor {
  const normal = normals(seed);
  return { shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, normal) };
}

export function batchesOf(
  count: number,
  shape: readonly number[],
  seed: number,
): { readonly input: Values }[] {
  return Array.from({ length: count }, (_, b) => ({
    input: { type: "float32", dims: shape, data: tensor(shape, seed + b).data },
  }));
}

/** Rows and columns of a tensor that are picked. */
export function picked(
  { shape, data }: Tensor,
  rows: readonly number[] | undefined,
  columns: readonly number[] | undefined,
): Tensor {
  const [n, m, ...rest] = shape as [number, number, ...number[]];
  const inner = rest.reduce((a, b) => a * b, 1);
  const r = rows ?? Array.from({ length: n }, (_, i) => i);
  const c = columns ?? Array.from({ length: m }, (_, i) => i);
  const out = r.flatMap((i) =>
    c.flatMap((j) => Array.from(data.subarray((i * m + j) * inner, (i * m + j + 1) * inner))),
  );
  return { shape: [r.length, c.length, ...rest], data: Float32Array.from(out) };
}
