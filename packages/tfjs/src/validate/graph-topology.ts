import { TfjsError } from "../errors.js";
import { recordOf } from "../graph-model/operators/operators.js";
import type { NodeDef, Signature } from "../model.js";
import { checkOutput } from "./arity.js";

/** Throws a typed error unless a NodeDef has the form that its readers rely on. */
export function checkNodeDef(node: unknown): void {
  const { name, op, input, attr } = isObject(node) ? (node as Partial<NodeDef>) : {};
  if (typeof name !== "string" || typeof op !== "string")
    throw malformed("the graph", "a node lacks a name or an operator");
  const where = `node "${name}"`;
  if (input !== undefined && !(Array.isArray(input) && input.every((one) => typeof one === "string")))
    throw malformed(where, "its inputs are no list of names");
  if (attr !== undefined && !isObject(attr)) throw malformed(where, "its attributes are no object");
  for (const [key, value] of Object.entries(attr ?? {})) checkAttribute(where, key, value);
  const missing = recordOf({ op })?.attributes?.find((key) => !attr || !Object.hasOwn(attr, key));
  if (missing !== undefined) throw malformed(where, `a ${op} needs the attribute "${missing}"`);
}

/** Windows and their steps. */
const positive = new Set(["strides", "dilations", "ksize"]);

/** Attributes that TensorFlow.js takes a list out of without looking. */
const lists = new Set([...positive, "explicit_paddings"]);

/** What an attribute may hold. */
const kinds = new Set(["s", "i", "f", "b", "type", "shape", "tensor", "list", "func", "placeholder"]);

function checkAttribute(where: string, key: string, value: unknown): void {
  if (!isObject(value)) throw malformed(where, `its attribute "${key}" is no object`);
  const keys = Object.keys(value);
  if (keys.length > 0 && !keys.some((one) => kinds.has(one)))
    throw malformed(
      where,
      `its attribute "${key}" holds ${keys[0]?.slice(0, 40)}, which is no kind of value`,
    );
  const { list, shape, tensor, s } = value;
  if (list !== undefined && !isObject(list)) throw malformed(where, `the list in "${key}" is no object`);
  for (const part of Object.values((list as object | undefined) ?? {}))
    if (!Array.isArray(part)) throw malformed(where, `a list in "${key}" is no list`);
  if (lists.has(key) && list === undefined) throw malformed(where, `its attribute "${key}" holds no list`);
  const numbers = (list as { readonly i?: readonly unknown[] } | undefined)?.i;
  if (positive.has(key) && numbers?.some((one) => !(Number(one) >= 1)))
    throw malformed(where, `its ${key} are [${numbers.slice(0, 8)}], and must be at least 1`);
  const texts = [s, ...((list as { readonly s?: readonly unknown[] } | undefined)?.s ?? [])];
  if (!texts.every(isText)) throw malformed(where, `a text in "${key}" is no base64`);
  if (shape !== undefined) checkShape(where, shape);
  if (tensor !== undefined && !isObject(tensor))
    throw malformed(where, `the tensor in "${key}" is no object`);
}

/** Throws unless a signature names tensors of the graph by objects. */
export function checkSignature(
  signature: unknown,
  nodes: ReadonlyMap<string, NodeDef>,
): asserts signature is Signature {
  if (signature === undefined || signature === null) return;
  const where = "the signature";
  if (!isObject(signature)) throw malformed(where, "it is no object");
  for (const key of ["inputs", "outputs"] as const) {
    const part = signature[key];
    if (part === undefined || part === null) continue;
    if (!isObject(part)) throw malformed(where, `its ${key} are no object`);
    for (const [name, info] of Object.entries(part)) {
      if (!isObject(info) || typeof info.name !== "string")
        throw malformed(where, `"${name}" of its ${key} names no tensor`);
      const node = nodes.get(info.name.split(":")[0] as string);
      if (node === undefined)
        throw new TfjsError("dangling-input", { node: `the signature's ${key}`, input: info.name });
      checkOutput(`the signature's ${key}`, info.name, node);
      if (info.tensorShape !== undefined) checkShape(where, info.tensorShape);
    }
  }
}

function checkShape(where: string, shape: unknown): void {
  const dims = isObject(shape) ? shape.dim : undefined;
  if (!isObject(shape) || (dims !== undefined && !(Array.isArray(dims) && dims.every(isDim))))
    throw malformed(where, `the shape ${JSON.stringify(shape)?.slice(0, 80)} is no list of sizes`);
}

/** A text as protobuf's JSON form has it, or as older converters wrote its bytes. */
function isText(value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.every((byte) => Number.isSafeInteger(byte));
  if (typeof value !== "string") return false;
  try {
    atob(value);
    return true;
  } catch {
    return false;
  }
}

const isDim = (dim: unknown): boolean =>
  isObject(dim) &&
  (dim.size === undefined || (Number.isSafeInteger(Number(dim.size)) && Number(dim.size) >= -1));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const malformed = (where: string, why: string): TfjsError => new TfjsError("malformed", { where, why });
