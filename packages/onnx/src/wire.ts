import { OnnxError } from "./errors.js";

/** A stretch of a buffer. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One field of a protobuf message. The payload of a length-delimited field is `[from, end)`. */
export interface Field {
  readonly number: number;
  readonly type: WireType;
  /** Where the tag begins. */
  readonly start: number;
  readonly from: number;
  readonly end: number;
}

export type WireType = 0 | 1 | 2 | 5;

export const payload = (field: Field): Span => ({ start: field.from, end: field.end });

/** Calls `visit` for each field of the message at `span`, in file order, without going into nested messages. */
export function eachField(bytes: Uint8Array, span: Span, where: string, visit: (field: Field) => void): void {
  let at = span.start;
  while (at < span.end) {
    const start = at;
    at = skipVarint(bytes, at, span.end, where);
    const tag = varint(bytes, start);
    const number = Math.floor(tag / 8);
    const type = tag % 8;
    if (number < 1 || number > 0x1fffffff)
      throw new OnnxError("malformed", { where, why: `a field numbered ${number}` });
    let from = at;
    if (type === 0) at = skipVarint(bytes, at, span.end, where);
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else if (type === 2) {
      from = skipVarint(bytes, at, span.end, where);
      at = from + varint(bytes, at);
    } else throw new OnnxError("malformed", { where, why: `a field of wire type ${type}` });
    if (at > span.end) throw new OnnxError("truncated", { where, missing: at - span.end });
    visit({ number, type, start, from, end: at });
  }
}

/** Where the number at `at` ends. */
export function skipVarint(bytes: Uint8Array, at: number, end: number, where: string): number {
  for (let i = at; i < end; i++) {
    if (bytes[i]! < 128) return i + 1;
    if (i - at === 9) throw new OnnxError("malformed", { where, why: "a number of more than ten bytes" });
  }
  throw new OnnxError("truncated", { where, missing: 1 });
}

/** The unsigned number at `at`; above 2^53 it is rounded. */
export function varint(bytes: Uint8Array, at: number): number {
  let value = 0;
  let scale = 1;
  for (let i = at; ; i++, scale *= 128) {
    const byte = bytes[i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}

/** Calls `visit` with the low and high 32 bits of each number in `[start, end)`, a packed list of varints. */
export function eachVarint(bytes: Uint8Array, span: Span, visit: (low: number, high: number) => void): void {
  let at = span.start;
  while (at < span.end) {
    let low = 0;
    let high = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[at++]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) break;
      shift += 7;
      if (at >= span.end || shift > 63)
        throw new OnnxError("malformed", { where: "packed numbers", why: "an unfinished number" });
    }
    visit(low >>> 0, high >>> 0);
  }
}

const text = new TextDecoder();

export const string = (bytes: Uint8Array, span: Span): string =>
  text.decode(bytes.subarray(span.start, span.end));
