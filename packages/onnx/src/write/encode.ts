import { lengthOf, type Rope } from "./rope.js";

const utf8 = new TextEncoder();

/** A whole number as a varint; negative ones take ten bytes, and ones beyond int64 saturate. */
export function varint(value: number): number[] {
  if (value < 0 || value >= 2 ** 53) return wideVarint(value);
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}

function wideVarint(value: number): number[] {
  const clamped = value >= 2 ** 63 ? 2n ** 63n - 1n : value < -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, clamped);
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
}

const bytes = (number: number, wire: number, content: readonly number[]): Uint8Array =>
  Uint8Array.from([...varint(number * 8 + wire), ...content]);

/** An int field. */
export const integer = (number: number, value: number): Uint8Array => bytes(number, 0, varint(value));

/** A float field. */
export const float = (number: number, value: number): Uint8Array =>
  bytes(number, 5, [...new Uint8Array(Float32Array.of(value).buffer)]);

/** A string field. */
export function string(number: number, value: string): Uint8Array {
  const content = utf8.encode(value);
  const head = bytes(number, 2, varint(content.length));
  const field = new Uint8Array(head.length + content.length);
  field.set(head);
  field.set(content, head.length);
  return field;
}

/** A field that holds a message or raw bytes: tag and length before the content, which is not copied. */
export const embed = (number: number, content: Rope): Rope => [
  bytes(number, 2, varint(lengthOf(content))),
  ...content,
];
