import { createDraft, type Draft } from "../cut/draft.js";
import type { AttributeValue, Model } from "../model.js";
import { type } from "./element-types.js";
import { elementTypes } from "./tensor-types.js";

type Attributes = Readonly<Record<string, AttributeValue>>;

/** Adds nodes to a model, each in the form that the model's opset has. */
export interface Writer {
  readonly draft: Draft;
  readonly opset: number;
  /** Where nodes go: before this node of the file. */
  before: number;
  /** Element type of a tensor, where known. */
  typeOf(tensor: string): number | undefined;
  /** Adds a node; its output is new unless named. */
  emit(op: string, inputs: readonly string[], attributes?: Attributes, output?: string): string;
  /** A constant, the same one for the same contents. */
  constant(elementType: number, values: ArrayLike<number>, shape: readonly number[]): string;
  scalar(elementType: number, value: number): string;
  integers(values: readonly number[]): string;
  cast(tensor: string, from: number, to: number): string;
  /** Keeps reduced dims as size 1. */
  reduce(op: "ReduceMean" | "ReduceSum", tensor: string, axes: readonly number[]): string;
}

interface WriterOptions {
  /** What the nodes are added to. @default a new draft */
  readonly draft?: Draft;
  /** The prefix of every name that is added. @default "mask" */
  readonly prefix?: string;
}

export function createWriter(
  model: Model,
  { draft = createDraft(model), prefix = "mask" }: WriterOptions = {},
): Writer {
  const opset = model.opsets.get("") ?? 1;
  const types = elementTypes(model);
  const constants = new Map<string, { readonly bytes: Uint8Array; readonly name: string }[]>();
  const writer: Writer = {
    draft,
    opset,
    before: 0,
    typeOf: (tensor) => types.get(tensor),
    emit(op, inputs, attributes = {}, output = draft.unused(`${prefix}_${op}`)) {
      const name = draft.unused(`${prefix}_${op}_node`);
      const node = {
        name,
        op,
        domain: "",
        inputs,
        outputs: [output],
        attributes: new Map(Object.entries(attributes)),
      };
      draft.inserted.push({ before: writer.before, node });
      return output;
    },
    constant(elementType, values, shape) {
      const bytes = encode(elementType, values);
      const key = `${elementType} ${shape} ${checksum(bytes)}`;
      const alike = constants.get(key) ?? [];
      constants.set(key, alike);
      const known = alike.find((other) => other.bytes.every((byte, i) => byte === bytes[i]));
      if (known) return known.name;
      const name = draft.constant(`${prefix}_constant`, elementType, shape, () => bytes);
      alike.push({ bytes, name });
      return name;
    },
    scalar: (elementType, value) => writer.constant(elementType, [value], []),
    integers: (values) => writer.constant(type.int64, values, [values.length]),
    cast: (tensor, from, to) => (from === to ? tensor : writer.emit("Cast", [tensor], { to })),
    reduce(op, tensor, axes) {
      const asInput = opset >= (op === "ReduceSum" ? 13 : 18);
      if (asInput) return writer.emit(op, [tensor, writer.integers(axes)], { keepdims: 1 });
      return writer.emit(op, [tensor], { axes, keepdims: 1 });
    },
  };
  return writer;
}

function encode(elementType: number, values: ArrayLike<number>): Uint8Array {
  if (elementType === type.bool || elementType === type.uint8) return Uint8Array.from(values);
  const array =
    elementType === type.int64
      ? BigInt64Array.from(Array.from(values), BigInt)
      : elementType === type.int32
        ? Int32Array.from(values)
        : elementType === type.float64
          ? Float64Array.from(values)
          : Float32Array.from(values);
  return new Uint8Array(array.buffer);
}

function checksum(bytes: Uint8Array): number {
  let sum = bytes.length;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0;
  return sum;
}
