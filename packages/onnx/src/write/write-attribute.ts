import type { AttributeValue } from "../model.js";
import type { Span } from "../wire.js";
import { float, integer, string } from "./encode.js";
import { rewritten, without } from "./rewrite.js";
import type { Rope } from "./rope.js";

const fields = { name: 1, f: 2, i: 3, s: 4, ints: 8, type: 20 } as const;
const types = { float: 1, int: 2, string: 3, tensor: 4, ints: 7 } as const;

/** Every field of AttributeProto that is part of its value. */
const value: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 14, 15, 20, 21, 22, 23]);

function encode(content: AttributeValue): Rope {
  if (typeof content === "number") return [integer(fields.i, content), integer(fields.type, types.int)];
  if ("float" in content) return [float(fields.f, content.float), integer(fields.type, types.float)];
  if ("string" in content) return [string(fields.s, content.string), integer(fields.type, types.string)];
  return [...content.map((item) => integer(fields.ints, item)), integer(fields.type, types.ints)];
}

/** An AttributeProto with another value; its name, notes and unknown fields stay. */
export const changedAttribute = (bytes: Uint8Array, span: Span, content: AttributeValue): Rope =>
  rewritten(bytes, span, without(value), { back: encode(content) });

/** An AttributeProto made from nothing. */
export const newAttribute = (name: string, content: AttributeValue): Rope => [
  string(fields.name, name),
  ...encode(content),
];

/** An AttributeProto called `value` that holds a tensor in place of what it held. */
export function tensorAttribute(bytes: Uint8Array, span: Span, tensor: Rope): Rope {
  const all = new Set([...value, fields.name]);
  return rewritten(bytes, span, without(all), {
    front: [string(fields.name, "value"), ...tensor, integer(fields.type, types.tensor)],
  });
}
