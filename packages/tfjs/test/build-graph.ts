import { type GraphModel, readGraphModel } from "@prune/tfjs";
import type { NodeDef, TfAttribute, WeightEntry } from "@prune/tfjs/advanced";
import { randomNumbers } from "./runtime.js";

type Attribute =
  | number
  | boolean
  | string
  | readonly number[]
  | readonly string[]
  | { readonly func: string };

/** A function of a graph's library: `ret` says which of its nodes its results are. */
export interface FunctionDef {
  readonly name: string;
  readonly inputs: readonly (readonly [name: string, type: string])[];
  readonly outputs: readonly (readonly [name: string, type: string, from: string])[];
  readonly nodes: readonly NodeDef[];
}

/** Nodes of a function's body. */
export const bodyNode = (
  op: string,
  name: string,
  input: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeDef => ({
  name,
  op,
  input,
  attr: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, encode(value)])),
});

/** Makes GraphModels in code. */
export interface GraphBuilder {
  /** Sizes of -1 are open; without a shape the rank is. */
  input(name: string, shape?: readonly number[], type?: "DT_FLOAT" | "DT_INT32" | "DT_BOOL"): string;
  /** Random numbers, small enough for deep graphs. */
  weight(name: string, shape: readonly number[], quantization?: "float16" | "uint8" | "uint16"): string;
  floats(name: string, values: Float32Array, shape: readonly number[]): string;
  integers(name: string, values: readonly number[], shape?: readonly number[]): string;
  node(
    op: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, Attribute>>,
    name?: string,
  ): string;
}

export function buildGraph(
  build: (builder: GraphBuilder) => readonly string[],
  shards = 1,
  functions: readonly FunctionDef[] = [],
): GraphModel {
  const { builder, finish } = openGraph();
  return finish(build(builder), shards, functions);
}

/** The same, step by step. */
export function openGraph(): {
  readonly builder: GraphBuilder;
  finish(outputs: readonly string[], shards?: number, functions?: readonly FunctionDef[]): GraphModel;
} {
  const nodes: NodeDef[] = [];
  const entries: WeightEntry[] = [];
  const parts: Uint8Array[] = [];
  const add = (entry: WeightEntry, bytes: Uint8Array): string => {
    nodes.push({ name: entry.name, op: "Const" });
    entries.push(entry);
    parts.push(bytes);
    return entry.name;
  };
  const builder: GraphBuilder = {
    input(name, sizes, type = "DT_FLOAT") {
      const shape = sizes ? { dim: sizes.map((size) => ({ size: String(size) })) } : { unknownRank: true };
      nodes.push({ name, op: "Placeholder", attr: { dtype: { type }, shape: { shape } } });
      return name;
    },
    weight(name, shape, quantization) {
      const fan = shape.slice(0, -1).reduce((a, b) => a * b, 1);
      const count = shape.reduce((a, b) => a * b, 1);
      const values = randomNumbers(entries.length + 7, count).map((x) => x / Math.sqrt(fan));
      if (!quantization) return add({ name, shape, dtype: "float32" }, new Uint8Array(values.buffer));
      if (quantization === "float16") {
        const bits = Uint16Array.from(
          values,
          (x) => (x < 0 ? 0x8000 : 0) | (0x3000 + Math.floor(Math.abs(x) * 999)),
        );
        return add(
          { name, shape, dtype: "float32", quantization: { dtype: "float16" } },
          new Uint8Array(bits.buffer),
        );
      }
      const top = quantization === "uint8" ? 255 : 65535;
      const steps = Array.from(values, (x) => Math.max(0, Math.min(top, Math.round((x / 4 + 0.5) * top))));
      const bytes =
        quantization === "uint8" ? Uint8Array.from(steps) : new Uint8Array(Uint16Array.from(steps).buffer);
      return add(
        { name, shape, dtype: "float32", quantization: { dtype: quantization, scale: 4 / top, min: -2 } },
        bytes,
      );
    },
    floats: (name, values, shape) =>
      add({ name, shape, dtype: "float32" }, new Uint8Array(values.slice().buffer)),
    integers: (name, values, shape = [values.length]) =>
      add({ name, shape, dtype: "int32" }, new Uint8Array(Int32Array.from(values).buffer)),
    node(op, input, attributes = {}, name = `${op}_${nodes.length}`) {
      const attr = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, encode(value)]));
      nodes.push({ name, op, input, attr });
      return name;
    },
  };
  return {
    builder,
    finish: (outputs, shards = 1, functions = []) =>
      finished({ nodes, entries, parts, functions }, outputs, shards),
  };
}

interface Parts {
  readonly nodes: readonly NodeDef[];
  readonly entries: readonly WeightEntry[];
  readonly parts: readonly Uint8Array[];
  readonly functions: readonly FunctionDef[];
}

function finished(
  { nodes, entries, parts, functions }: Parts,
  outputs: readonly string[],
  shards: number,
): GraphModel {
  const signature = {
    inputs: Object.fromEntries(
      nodes.filter(({ op }) => op === "Placeholder").map(({ name }) => [name, { name: `${name}:0` }]),
    ),
    outputs: Object.fromEntries(
      outputs.map((name, i) => [`out${i}`, { name: name.includes(":") ? name : `${name}:0` }]),
    ),
  };
  const data = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  const json = {
    format: "graph-model",
    generatedBy: "a test",
    convertedBy: null,
    signature,
    modelTopology: {
      node: nodes,
      versions: { producer: 1 },
      ...(functions.length > 0 && { library: { function: functions.map(functionDef) } }),
    },
    weightsManifest: [{ paths, weights: entries }],
    userDefinedMetadata: { author: "nobody" },
  };
  return readGraphModel(json, data);
}

const functionDef = ({ name, inputs, outputs, nodes }: FunctionDef): object => ({
  signature: {
    name,
    inputArg: inputs.map(([name, type]) => ({ name, type })),
    outputArg: outputs.map(([name, type]) => ({ name, type })),
  },
  nodeDef: nodes,
  ret: Object.fromEntries(outputs.map(([name, , from]) => [name, from])),
});

function encode(value: Attribute): TfAttribute {
  if (typeof value === "object" && "func" in value)
    return { func: { name: value.func } } as unknown as TfAttribute;
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") return value.startsWith("DT_") ? { type: value } : { s: btoa(value) };
  if (value.every((one) => typeof one === "number")) return { list: { i: value.map(String) } };
  return { list: { s: (value as readonly string[]).map((one) => btoa(one)) } };
}
