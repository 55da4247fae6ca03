import { type NamedTensor, type NewNode, newModel } from "@prune/onnx/advanced";
import type { Values, ValuesByName } from "@prune/runtime-ort";
import type { ElementType } from "@prune/runtime-ort/advanced";

type Attributes =
  NewNode["attributes"] extends ReadonlyMap<string, infer V> ? Readonly<Record<string, V>> : never;

/** Builds a graph that runs by itself, or is appended to others. */
export interface GraphBuilder {
  /** A tensor that is fed, by name; declared once. */
  fed(name: string, type: ElementType): string;
  /** A tensor of the graph that this one is appended to. */
  any(tensor: string): string;
  /** The same of a float tensor, as float32. */
  read(tensor: string): string;
  emit(op: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Means over some axes, which go unless they are kept with a size of 1; over all without a list. */
  mean(tensor: string, axes?: readonly number[], kept?: "kept"): string;
  /** Sums over some axes, which go. */
  sum(tensor: string, axes: readonly number[]): string;
  /** One more row of zeros behind the last axis of three. */
  zeroBehind(tensor: string): string;
  floats(values: ArrayLike<number>, shape: readonly number[]): string;
  integers(values: readonly number[]): string;
  output(name: string, tensor: string): void;
  /** Names of outputs, with the prefix. */
  readonly outputs: readonly string[];
  toBytes(): Uint8Array;
}

export interface GraphBuilderOptions {
  /** Of operators; from 7. @default 13 */
  readonly opset?: number;
  /** Stands before all names but those that are read. @default none */
  readonly prefix?: string;
}

const elementType: Partial<Record<ElementType, number>> = {
  float32: 1,
  int64: 7,
  float16: 10,
  float64: 11,
};
const [float32, int64] = [1, 7];

export function graphBuilder({ opset = 13, prefix = "" }: GraphBuilderOptions = {}): GraphBuilder {
  const inputs: { name: string; elementType: number }[] = [];
  const nodes: NewNode[] = [];
  const tensors: NamedTensor[] = [];
  const outputs: string[] = [];
  const constant = (type: number, shape: readonly number[], bytes: Uint8Array): string => {
    const name = `${prefix}c${tensors.length}`;
    tensors.push({ name, elementType: type, shape, bytes: () => bytes });
    return name;
  };
  const emit: GraphBuilder["emit"] = (op, from, attributes = {}) => {
    const name = `${prefix}t${nodes.length}`;
    nodes.push(node(op, from, name, attributes));
    return name;
  };
  const declare = (name: string, type: number): string => {
    if (inputs.every((input) => input.name !== name)) inputs.push({ name, elementType: type });
    return name;
  };
  const integers: GraphBuilder["integers"] = (values) =>
    constant(int64, [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
  return {
    emit,
    integers,
    outputs,
    fed(name, type) {
      const number = elementType[type];
      if (number === undefined) throw new RangeError(`activations of type ${type} can't be fitted to`);
      return declare(`${prefix}${name}`, number);
    },
    any: (tensor) => declare(tensor, float32),
    read: (tensor) => emit("Cast", [declare(tensor, float32)], { to: float32 }),
    mean(tensor, axes, kept) {
      const keepdims = kept ? 1 : 0;
      if (!axes) return emit("ReduceMean", [tensor], { keepdims });
      return opset < 18
        ? emit("ReduceMean", [tensor], { axes, keepdims })
        : emit("ReduceMean", [tensor, integers(axes)], { keepdims });
    },
    sum: (tensor, axes) =>
      opset < 13
        ? emit("ReduceSum", [tensor], { axes, keepdims: 0 })
        : emit("ReduceSum", [tensor, integers(axes)], { keepdims: 0 }),
    zeroBehind(tensor) {
      const pads = [0, 0, 0, 0, 0, 1];
      return opset < 11 ? emit("Pad", [tensor], { pads }) : emit("Pad", [tensor, integers(pads)]);
    },
    floats: (values, shape) => constant(float32, shape, new Uint8Array(Float32Array.from(values).buffer)),
    output(name, tensor) {
      nodes.push(node("Identity", [tensor], `${prefix}${name}`, {}));
      outputs.push(`${prefix}${name}`);
    },
    toBytes: () => newModel({ inputs, outputs, nodes, tensors, opset }),
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
