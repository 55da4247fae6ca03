import type { onnx } from "onnx-proto";
import onnxProto from "onnx-proto";
import { embed, string } from "../../src/write/encode.js";
import { bytesOf, concat } from "../../src/write/rope.js";

const { AttributeProto, FunctionProto, ModelProto } = onnxProto.onnx;

type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly f: number }
  | { readonly tensor: onnx.ITensorProto }
  | { readonly graph: onnx.IGraphProto }
  | { readonly ref: string; readonly type: number };

export type Attributes = Readonly<Record<string, Attribute>>;

/** Builds a graph node by node, as exporters write them. Names that are not given are new. */
export interface Builder {
  readonly graph: onnx.IGraphProto;
  input(name: string, dims: readonly (number | string)[], elementType?: number): string;
  output(...names: readonly string[]): void;
  /** A weight of pseudo-random numbers. */
  weight(dims: readonly number[], scale?: number): string;
  floats(dims: readonly number[], values: readonly number[]): string;
  ints(values: readonly number[], dims?: readonly number[]): string;
  flag(value: boolean): string;
  /** A node of one output; its name. */
  op(op: string, inputs: readonly string[], attributes?: Attributes, output?: string): string;
  ops(
    op: string,
    inputs: readonly string[],
    outputs: number | readonly string[],
    attributes?: Attributes,
  ): string[];
  /** A graph inside: its outputs are what `make` returns. */
  body(make: (inner: Builder) => readonly string[]): { readonly graph: onnx.IGraphProto };
}

export interface ModelOptions {
  readonly opset?: number;
  readonly ir?: number;
  readonly domains?: Readonly<Record<string, number>>;
  /** FunctionProtos: see `buildFunction`. */
  readonly functions?: readonly Uint8Array[];
}

export function buildModel(
  make: (g: Builder) => void,
  { opset = 17, ir = 8, domains = {}, functions = [] }: ModelOptions = {},
): Uint8Array {
  const builder = createBuilder(opset, { count: 0 });
  make(builder);
  const opsetImport = Object.entries({ "": opset, ...domains }).map(([domain, version]) => ({
    domain,
    version,
  }));
  const model = { irVersion: ir, opsetImport, graph: builder.graph };
  if (ir < 4)
    for (const { name, dims, dataType } of builder.graph.initializer ?? [])
      builder.graph.input?.push(valueInfo(name as string, (dims ?? []) as number[], dataType as number));
  const rest = functions.flatMap((bytes) => embed(25, [bytes]));
  return new Uint8Array(concat([ModelProto.encode(model).finish(), ...rest.map(bytesOf)]));
}

/** Numbers from -1 to 1, the same for the same seed. */
export function noise(count: number, seed: number): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const size = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

function createBuilder(opset: number, names: { count: number }): Builder {
  const [node, initializer]: [onnx.INodeProto[], onnx.ITensorProto[]] = [[], []];
  const [input, output]: [onnx.IValueInfoProto[], onnx.IValueInfoProto[]] = [[], []];
  const graph: onnx.IGraphProto = { name: "g", node, initializer, input, output };
  const fresh = (base: string): string => `${base}_${names.count++}`;
  const stored = (name: string, dims: readonly number[], dataType: number, data: ArrayBufferView): string => {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    initializer.push({ name, dims: [...dims], dataType, rawData });
    return name;
  };
  const builder: Builder = {
    graph,
    input(name, dims, elementType = 1) {
      input.push(valueInfo(name, dims, elementType));
      return name;
    },
    output: (...list) =>
      void output.push(...list.map((name) => ({ name, type: { tensorType: { elemType: 1 } } }))),
    weight(dims, scale = Math.sqrt(3 / Math.max(1, size(dims.slice(1))))) {
      const name = fresh("w");
      return stored(
        name,
        dims,
        1,
        noise(size(dims), names.count).map((v) => v * scale + (dims.length < 2 ? 0.3 : 0)),
      );
    },
    floats: (dims, values) => stored(fresh("f"), dims, 1, Float32Array.from(values)),
    ints: (values, dims = [values.length]) => stored(fresh("i"), dims, 7, BigInt64Array.from(values, BigInt)),
    flag: (value) => stored(fresh("b"), [], 9, Uint8Array.of(Number(value))),
    op: (op, inputs, attributes, out) => builder.ops(op, inputs, [out ?? fresh(op)], attributes)[0] as string,
    ops(op, inputs, outputs, attributes = {}) {
      const made =
        typeof outputs === "number" ? Array.from({ length: outputs }, () => fresh(op)) : [...outputs];
      const [opType, domain = ""] = op.split("@") as [string, string?];
      node.push({
        opType,
        domain,
        name: fresh(`n_${opType}`),
        input: [...inputs],
        output: made,
        attribute: attributesOf(attributes),
      });
      return made;
    },
    body(make) {
      const inner = createBuilder(opset, names);
      inner.graph.output?.push(...make(inner).map((name) => ({ name })));
      return { graph: inner.graph };
    },
  };
  return builder;
}

function attributesOf(attributes: Attributes): onnx.IAttributeProto[] {
  return Object.entries(attributes).map(([name, value]): onnx.IAttributeProto => {
    if (typeof value === "number") return { name, type: 2, i: value };
    if (typeof value === "string") return { name, type: 3, s: new TextEncoder().encode(value) };
    if ("f" in value) return { name, type: 1, f: value.f };
    if ("tensor" in value) return { name, type: 4, t: value.tensor };
    if ("graph" in value) return { name, type: 5, g: value.graph };
    if ("ref" in value) return { name, type: value.type, refAttrName: value.ref };
    return { name, type: 7, ints: [...value] };
  });
}

export const valueInfo = (
  name: string,
  dims: readonly (number | string)[],
  elemType = 1,
): onnx.IValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((dim) => (typeof dim === "number" ? { dimValue: dim } : { dimParam: dim })) },
    },
  },
});

/** A model-local function; its nodes are built as a graph's. */
export function buildFunction(
  [domain, name]: readonly [string, string],
  inputs: readonly string[],
  make: (g: Builder) => readonly string[],
  { attributes = [], defaults = {}, opset = 17, domains = {} }: FunctionOptions = {},
): Uint8Array {
  const builder = createBuilder(opset, { count: 1000 });
  const output = [...make(builder)];
  const opsetImport = Object.entries({ "": opset, ...domains }).map(([d, version]) => ({
    domain: d,
    version,
  }));
  const body = FunctionProto.encode({
    name,
    input: [...inputs],
    output,
    node: builder.graph.node ?? [],
    attribute: [...attributes],
    opsetImport,
  }).finish();
  // Fields that onnx-proto doesn't know yet.
  const given = attributesOf(defaults).flatMap((value) => embed(11, [AttributeProto.encode(value).finish()]));
  return concat([body, string(10, domain), ...given.map(bytesOf)]);
}

export interface FunctionOptions {
  readonly attributes?: readonly string[];
  readonly defaults?: Attributes;
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
}
