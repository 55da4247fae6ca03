import type { AttributeValue, DataType, NamedTensor, NewNode, TensorFacts } from "@prune/onnx/advanced";
import { elementType } from "./element-type.js";

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A tensor's name, or a number, which gets the type of the tensor that it meets. */
export type Operand = string | number;

/** Sizes that are known, or the name of a tensor that holds them. */
export type Sizes = string | readonly number[];

type Reduction = "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd";

/** Emits ordinary nodes at a model's opset; tensors are known by their names. */
export interface GradientKit {
  readonly opset: number;
  readonly facts: TensorFacts;
  /** One node; the name of its first output. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes, domain?: string): string;
  emitAll(op: string, inputs: readonly string[], outputs: number, attributes?: Attributes): readonly string[];
  /** A tensor under a name of its own. */
  named(tensor: string, name: string): void;
  integers(values: readonly number[], shape?: readonly number[]): string;
  floats(values: ArrayLike<number>, shape: readonly number[], type?: DataType): string;
  /** A number of a tensor's type, without dims. */
  number(value: number, like: string): string;
  type(tensor: string): DataType;
  /** Sizes of a tensor of the model; a symbol where they are known at run time alone. */
  shape(tensor: string): readonly (number | string)[] | undefined;
  /** Says that an emitted tensor has the shape of one of the model. */
  alike(emitted: string, tensor: string): void;
  /** A tensor's sizes as numbers where all are known, else as a tensor. */
  sizes(tensor: string): Sizes;
  sizesTensor(sizes: Sizes): string;
  add(a: Operand, b: Operand): string;
  sub(a: Operand, b: Operand): string;
  mul(a: Operand, b: Operand): string;
  div(a: Operand, b: Operand): string;
  pow(a: Operand, b: Operand): string;
  neg(x: string): string;
  square(x: string): string;
  greater(a: Operand, b: Operand): string;
  less(a: Operand, b: Operand): string;
  equal(a: Operand, b: Operand): string;
  not(x: string): string;
  and(a: string, b: string): string;
  where(condition: string, a: Operand, b: Operand): string;
  cast(x: string, to: DataType): string;
  /** Over some axes, or all without a list; they keep a size of 1 unless they are dropped. */
  reduce(op: Reduction, x: string, axes?: Sizes, dropped?: "dropped"): string;
  sum(x: string, axes?: Sizes, dropped?: "dropped"): string;
  mean(x: string, axes?: Sizes, dropped?: "dropped"): string;
  reshape(x: string, shape: Sizes): string;
  expand(x: string, shape: Sizes): string;
  unsqueeze(x: string, axes: Sizes): string;
  squeeze(x: string, axes: Sizes): string;
  transpose(x: string, perm: readonly number[]): string;
  slice(x: string, starts: Sizes, ends: Sizes, axes: readonly number[], steps?: readonly number[]): string;
  /** Zeros around; negative numbers crop. */
  pad(x: string, pads: Sizes, value?: number): string;
  concat(parts: readonly string[], axis: number): string;
  split(x: string, sizes: Sizes, outputs: number, axis: number): readonly string[];
  gather(x: string, indices: string, axis?: number): string;
  matMul(a: string, b: string): string;
  /** The product of two matrices, each turned or not. */
  gemm(
    a: string,
    b: string,
    turns: { readonly transA?: number; readonly transB?: number },
    alpha?: number,
  ): string;
  zeros(sizes: Sizes, like: string): string;
}

/** What a kit has made. */
export interface Emitted {
  readonly nodes: readonly NewNode[];
  readonly tensors: readonly NamedTensor[];
}

/** Beyond every axis; a slice to here goes to the end. */
export const end: number = 2 ** 31 - 1;

export function createKit(
  facts: TensorFacts,
  opset: number,
  prefix: string,
): GradientKit & { emitted(): Emitted } {
  const nodes: NewNode[] = [];
  const tensors: NamedTensor[] = [];
  const constants = new Map<string, string>();
  const types = new Map<string, DataType>();
  const lengths = new Map<string, readonly number[]>();
  const likes = new Map<string, string>();

  const constant = (key: string, make: () => Omit<NamedTensor, "name">, type: DataType): string => {
    const known = constants.get(key);
    if (known !== undefined) return known;
    const name = `${prefix}c${tensors.length}`;
    tensors.push({ name, ...make() });
    constants.set(key, name);
    types.set(name, type);
    return name;
  };
  let count = 0;
  const emitAll: GradientKit["emitAll"] = (op, inputs, outputs, attributes = {}) =>
    made(op, inputs, outputs, attributes, "");
  const made = (
    op: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Attributes,
    domain: string,
  ): string[] => {
    const stem = `${prefix}t${count++}`;
    const names = Array.from({ length: outputs }, (_, i) => (i === 0 ? stem : `${stem}.${i}`));
    nodes.push({
      name: stem,
      op,
      domain,
      inputs,
      outputs: names,
      attributes: new Map(Object.entries(attributes)),
    });
    const type = typeAfter(op, attributes) ?? kit.type(inputs[typedBy[op] ?? 0] ?? "");
    for (const name of names) types.set(name, type);
    return names;
  };
  const emit: GradientKit["emit"] = (op, inputs, attributes = {}, domain = "") =>
    made(op, inputs, 1, attributes, domain)[0] as string;
  const integers: GradientKit["integers"] = (values, shape = [values.length]) => {
    const name = constant(
      `i ${shape} ${values}`,
      () => ({
        elementType: elementType("int64"),
        shape,
        bytes: () => new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      }),
      "int64",
    );
    lengths.set(name, values);
    return name;
  };
  const floats: GradientKit["floats"] = (values, shape, type = "float32") => {
    const array = type === "float64" ? Float64Array : Float32Array;
    const key = values.length === 1 ? `f ${type} ${shape} ${values[0]}` : `f ${tensors.length}`;
    const bytes = (): Uint8Array => new Uint8Array(array.from(values).buffer);
    return constant(key, () => ({ elementType: elementType(type), shape, bytes }), type);
  };
  const number: GradientKit["number"] = (value, like) => {
    const type = kit.type(like);
    return /int/.test(type)
      ? constant(
          `n ${type} ${value}`,
          () => ({ elementType: elementType(type), shape: [], bytes: () => integerBytes(value, type) }),
          type,
        )
      : floats([value], [], type);
  };
  const both = (a: Operand, b: Operand): [string, string] => {
    if (typeof a === "number") return [number(a, b as string), b as string];
    return [a, typeof b === "number" ? number(b, a) : b];
  };
  const binary =
    (op: string) =>
    (a: Operand, b: Operand): string =>
      emit(op, both(a, b));
  /** Axes and the like: an input since some opset, an attribute before it. */
  const listed = (
    op: string,
    x: string,
    name: string,
    values: Sizes,
    since: number,
    attributes: Attributes = {},
  ): string => {
    if (opset >= since) return emit(op, [x, kit.sizesTensor(values)], attributes);
    return emit(op, [x], { ...attributes, [name]: numbers(values, op) });
  };
  const numbers = (values: Sizes, op: string): readonly number[] => {
    const known = typeof values === "string" ? lengths.get(values) : values;
    if (!known) throw new Unemitted(`${op} of opset ${opset} takes no sizes that are known only at run time`);
    return known;
  };

  const kit: GradientKit & { emitted(): Emitted } = {
    opset,
    facts,
    emit,
    emitAll,
    named(tensor, name) {
      nodes.push({
        name,
        op: "Identity",
        domain: "",
        inputs: [tensor],
        outputs: [name],
        attributes: new Map(),
      });
      types.set(name, kit.type(tensor));
    },
    integers,
    floats,
    number,
    type: (tensor) => types.get(tensor) ?? facts.type(tensor) ?? "float32",
    shape: (tensor) => facts.shape(likes.get(tensor) ?? tensor),
    alike: (emitted, tensor) => void likes.set(emitted, likes.get(tensor) ?? tensor),
    sizes(tensor) {
      const shape = kit.shape(tensor);
      return shape?.every((size) => typeof size === "number")
        ? (shape as readonly number[])
        : emit("Shape", [tensor]);
    },
    sizesTensor: (sizes) => (typeof sizes === "string" ? sizes : integers(sizes)),
    add: binary("Add"),
    sub: binary("Sub"),
    mul: binary("Mul"),
    div: binary("Div"),
    pow: binary("Pow"),
    neg: (x) => emit("Neg", [x]),
    square: (x) => emit("Mul", [x, x]),
    greater: binary("Greater"),
    less: binary("Less"),
    equal(a, b) {
      // Equal of floats came with opset 11.
      if (opset >= 11 || /int|bool/.test(kit.type(typeof a === "string" ? a : (b as string))))
        return binary("Equal")(a, b);
      return kit.not(emit("Or", [kit.less(a, b), kit.greater(a, b)]));
    },
    not: (x) => emit("Not", [x]),
    and: (a, b) => emit("And", [a, b]),
    where: (condition, a, b) => emit("Where", [condition, ...both(a, b)]),
    cast: (x, to) => (kit.type(x) === to ? x : emit("Cast", [x], { to: elementType(to) })),
    reduce(op, x, axes, dropped) {
      const keepdims = dropped ? 0 : 1;
      if (axes === undefined) return emit(op, [x], { keepdims });
      if (typeof axes !== "string" && axes.length === 0) return x;
      return listed(op, x, "axes", axes, op === "ReduceSum" ? 13 : 18, { keepdims });
    },
    sum: (x, axes, dropped) => kit.reduce("ReduceSum", x, axes, dropped),
    mean: (x, axes, dropped) => kit.reduce("ReduceMean", x, axes, dropped),
    reshape: (x, shape) => emit("Reshape", [x, kit.sizesTensor(shape)]),
    expand: (x, shape) => emit("Expand", [x, kit.sizesTensor(shape)]),
    unsqueeze: (x, axes) => (axes.length === 0 ? x : listed("Unsqueeze", x, "axes", axes, 13)),
    squeeze: (x, axes) => (axes.length === 0 ? x : listed("Squeeze", x, "axes", axes, 13)),
    transpose: (x, perm) => (perm.every((from, to) => from === to) ? x : emit("Transpose", [x], { perm })),
    slice(x, starts, ends, axes, steps) {
      const strides = steps?.every((step) => step === 1) ? undefined : steps;
      if (opset >= 10) {
        const by = strides ? [integers(strides)] : [];
        return emit("Slice", [x, kit.sizesTensor(starts), kit.sizesTensor(ends), integers(axes), ...by]);
      }
      if (strides) throw new Unemitted("a slice with steps needs opset 10");
      return emit("Slice", [x], { starts: numbers(starts, "Slice"), ends: numbers(ends, "Slice"), axes });
    },
    pad(x, pads, value = 0) {
      if (typeof pads !== "string" && pads.every((size) => size === 0)) return x;
      const constant = value === 0 ? [] : [number(value, x)];
      if (opset >= 11) return emit("Pad", [x, kit.sizesTensor(pads), ...constant]);
      return emit("Pad", [x], { pads: numbers(pads, "Pad"), value: { float: value } });
    },
    concat: (parts, axis) => (parts.length === 1 ? (parts[0] as string) : emit("Concat", parts, { axis })),
    split(x, sizes, outputs, axis) {
      if (outputs === 1) return [x];
      return opset >= 13
        ? emitAll("Split", [x, kit.sizesTensor(sizes)], outputs, { axis })
        : emitAll("Split", [x], outputs, { axis, split: numbers(sizes, "Split") });
    },
    gather: (x, indices, axis = 0) => emit("Gather", [x, indices], { axis }),
    matMul: (a, b) => emit("MatMul", [a, b]),
    gemm(a, b, { transA = 0, transB = 0 }, alpha = 1) {
      if (opset >= 11) return emit("Gemm", [a, b], { transA, transB, alpha: { float: alpha } });
      const turn = (x: string, turned: number): string => (turned ? kit.transpose(x, [1, 0]) : x);
      const product = kit.matMul(turn(a, transA), turn(b, transB));
      return alpha === 1 ? product : kit.mul(product, alpha);
    },
    zeros: (sizes, like) => kit.expand(number(0, like), sizes),
    emitted: () => ({ nodes, tensors }),
  };
  return kit;
}

/** A rule can't be written at this opset or with what is known of the shapes. */
export class Unemitted extends Error {
  override readonly name = "Unemitted";
}

const integerBytes = (value: number, type: DataType): Uint8Array =>
  new Uint8Array((type === "int64" ? BigInt64Array.of(BigInt(value)) : Int32Array.of(value)).buffer);

function typeAfter(op: string, attributes: Attributes): DataType | undefined {
  if (op === "Cast") return typeNames[attributes.to as number];
  return outputTypes[op];
}

const typeNames: Readonly<Record<number, DataType>> = {
  1: "float32",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  16: "bfloat16",
};

/** Operators whose output has the type of another input than the first. */
const typedBy: Readonly<Record<string, number>> = { Where: 1, OneHot: 2 };

const outputTypes: Readonly<Record<string, DataType>> = {
  Shape: "int64",
  Size: "int64",
  NonZero: "int64",
  Greater: "bool",
  Less: "bool",
  Equal: "bool",
  Not: "bool",
  And: "bool",
  Or: "bool",
};
