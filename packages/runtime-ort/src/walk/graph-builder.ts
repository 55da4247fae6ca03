import { type NamedTensor, type NewNode, newModel } from "@prune/onnx";
import type { ElementType, Values, ValuesByName } from "../values.js";

type Attributes =
  NewNode["attributes"] extends ReadonlyMap<string, infer V> ? Readonly<Record<string, V>> : never;

/** Builds a graph that runs by itself. */
export interface GraphBuilder {
  /** A tensor that is fed, by name; declared once. */
  fed(name: string, type: ElementType): string;
  /** The same as float32. */
  floatsFed(name: string, type: ElementType): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  floats(values: ArrayLike<number>, shape: readonly number[]): string;
  integers(values: readonly number[]): string;
  output(name: string, tensor: string): void;
  toBytes(): Uint8Array;
}

const elementType: Partial<Record<ElementType, number>> = {
  float32: 1,
  int64: 7,
  float16: 10,
  float64: 11,
};
const [float32, int64] = [1, 7];

export function graphBuilder(): GraphBuilder {
  const inputs: { name: string; elementType: number }[] = [];
  const nodes: NewNode[] = [];
  const tensors: NamedTensor[] = [];
  const outputs: string[] = [];
  const constant = (type: number, shape: readonly number[], bytes: Uint8Array): string => {
    const name = `c${tensors.length}`;
    tensors.push({ name, elementType: type, shape, bytes: () => bytes });
    return name;
  };
  const emit: GraphBuilder["emit"] = (op, from, attributes = {}) => {
    const name = `t${nodes.length}`;
    nodes.push(node(op, from, name, attributes));
    return name;
  };
  const fed: GraphBuilder["fed"] = (name, type) => {
    const number = elementType[type];
    if (number === undefined) throw new RangeError(`activations of type ${type} can't be fitted to`);
    if (inputs.every((input) => input.name !== name)) inputs.push({ name, elementType: number });
    return name;
  };
  return {
    fed,
    floatsFed: (name, type) =>
      type === "float32" ? fed(name, type) : emit("Cast", [fed(name, type)], { to: float32 }),
    emit,
    floats: (values, shape) => constant(float32, shape, new Uint8Array(Float32Array.from(values).buffer)),
    integers: (values) =>
      constant(int64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    output(name, tensor) {
      nodes.push(node("Identity", [tensor], name, {}));
      outputs.push(name);
    },
    toBytes: () => newModel({ inputs, outputs, nodes, tensors }),
  };
}

const node = (op: string, inputs: readonly string[], output: string, attributes: Attributes): NewNode => ({
  name: output,
  op,
  domain: "",
  inputs,
  outputs: [output],
  attributes: new Map(Object.entries(attributes)),
});

export const floatValues = (data: Float32Array, dims: readonly number[]): Values => ({
  type: "float32",
  data,
  dims,
});

export const integerValues = (data: BigInt64Array, dims: readonly number[]): Values => ({
  type: "int64",
  data,
  dims,
});

export type Feeds = ValuesByName;
