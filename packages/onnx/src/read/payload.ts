import { OnnxError } from "../errors.js";
import { eachVarint, type Field, payload, type Span } from "../wire.js";

/** Fields of TensorProto that hold values. */
export const dataFields = {
  float: 4,
  int32: 5,
  string: 6,
  int64: 7,
  raw: 9,
  double: 10,
  uint64: 11,
} as const;

export const dataFieldNumbers: ReadonlySet<number> = new Set(Object.values(dataFields));

/** How many bytes the value fields hold, if that can be known without decoding them; undefined too when there are none, as in a model stripped of its weights. */
export function storedBytes(fields: readonly Field[]): number | undefined {
  const used = values(fields);
  if (used.length === 0 || !used.every(isFixed)) return undefined;
  return used.reduce((sum, { from, end }) => sum + end - from, 0) || undefined;
}

/** Little-endian element bytes from whichever fields hold the values: a view if one stretch holds them all. */
export function storedValues(
  bytes: Uint8Array,
  fields: readonly Field[],
  bits: number,
  name: string,
): Uint8Array {
  const used = values(fields);
  const [first] = used;
  if (first === undefined) return bytes.subarray(0, 0);
  if (used.length === 1 && isFixed(first)) return bytes.subarray(first.from, first.end);
  const out = new Uint8Array(used.reduce((sum, field) => sum + sizeOf(bytes, field, bits), 0));
  let at = 0;
  for (const field of used) {
    if (field.number === dataFields.string)
      throw new OnnxError("unreadable-type", { tensor: name, elementType: 8 });
    if (isFixed(field)) out.set(bytes.subarray(field.from, field.end), at);
    else writeIntegers(bytes, payload(field), out, at, stride(field, bits));
    at += sizeOf(bytes, field, bits);
  }
  return out;
}

/** Where the values lie, if they lie in one stretch as they are. */
export function storedSpan(fields: readonly Field[]): Span | undefined {
  const [first, second] = values(fields);
  return first && !second && isFixed(first) ? payload(first) : undefined;
}

/** `raw_data` alone if it is there, as it replaces the typed fields. */
function values(fields: readonly Field[]): readonly Field[] {
  const raw = fields.filter(({ number }) => number === dataFields.raw);
  return raw.length > 0
    ? raw.slice(-1)
    : fields.filter(({ number, from, end }) => dataFieldNumbers.has(number) && end > from);
}

/** Whether a field holds little-endian element bytes as they are. */
export const isFixed = ({ number }: Field): boolean =>
  number === dataFields.raw || number === dataFields.float || number === dataFields.double;

/** Bytes that one varint turns into: int32_data also holds float16 bits, bytes and pairs of int4. */
const stride = ({ number }: Field, bits: number): number =>
  number === dataFields.int32 ? Math.max(1, bits / 8) : bits === 32 ? 4 : 8;

function sizeOf(bytes: Uint8Array, field: Field, bits: number): number {
  return isFixed(field) ? field.end - field.from : countVarints(bytes, payload(field)) * stride(field, bits);
}

function countVarints(bytes: Uint8Array, { start, end }: Span): number {
  let count = 0;
  for (let i = start; i < end; i++) if (bytes[i]! < 128) count++;
  return count;
}

function writeIntegers(bytes: Uint8Array, span: Span, out: Uint8Array, at: number, size: number): void {
  const view = new DataView(out.buffer);
  let offset = at;
  eachVarint(bytes, span, (low, high) => {
    if (size === 1) out[offset] = low;
    else if (size === 2) view.setUint16(offset, low & 0xffff, true);
    else view.setUint32(offset, low, true);
    if (size === 8) view.setUint32(offset + 4, high, true);
    offset += size;
  });
}
