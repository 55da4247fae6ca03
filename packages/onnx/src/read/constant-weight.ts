import type { Attribute, Node, Weight } from "../model.js";
import { decodeTensor } from "./decode-tensor.js";

const float32 = 1;
const int64 = 7;

/** The value of a Constant node in any of its forms, named by the node's output; undefined for strings, sparse values and other nodes. */
export function constantWeight(node: Node): Weight | undefined {
  const name = node.outputs[0];
  if (node.op !== "Constant" || node.domain !== "" || name === undefined) return undefined;
  for (const [key, attribute] of node.attributes) {
    if (key === "value" && attribute.kind === "tensor") return { ...attribute.value, name };
    const numbers = numbersOf(key, attribute);
    if (numbers !== undefined) return numbers(name);
  }
  return undefined;
}

function numbersOf(key: string, attribute: Attribute): ((name: string) => Weight) | undefined {
  if (key === "value_float" && attribute.kind === "float")
    return (name) => floats(name, [], [attribute.value]);
  if (key === "value_floats" && attribute.kind === "floats")
    return (name) => floats(name, [attribute.value.length], attribute.value);
  if (key === "value_int" && attribute.kind === "int") return (name) => integers(name, [], [attribute.value]);
  if (key === "value_ints" && attribute.kind === "ints")
    return (name) => integers(name, [attribute.value.length], attribute.value);
  return undefined;
}

const floats = (name: string, shape: readonly number[], values: readonly number[]): Weight =>
  weight(name, "float32", float32, shape, () => bytesOf(Float32Array.from(values)));

const integers = (name: string, shape: readonly number[], values: readonly number[]): Weight =>
  weight(name, "int64", int64, shape, () => bytesOf(BigInt64Array.from(values, clamp)));

const bytesOf = ({ buffer }: { readonly buffer: ArrayBuffer }): Uint8Array => new Uint8Array(buffer);

const largest = 2n ** 63n - 1n;

/** INT64_MAX reads as 2^63, one too many. */
const clamp = (value: number): bigint => (value >= 2 ** 63 ? largest : BigInt(value));

function weight(
  name: string,
  dtype: "float32" | "int64",
  elementType: number,
  shape: readonly number[],
  bytes: () => Uint8Array,
): Weight {
  return {
    name,
    dtype,
    elementType,
    shape,
    elementBytes: dtype === "float32" ? 4 : 8,
    external: false,
    bytes,
    tensor: () => decodeTensor(dtype, shape, bytes(), elementType, name),
  };
}
