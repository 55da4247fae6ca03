import { elementTypeOf } from "./element-types.js";

/** Bits of an element of which several share a byte, the first in its lowest bits; undefined for all other types. */
export function packedBits(elementType: number): number | undefined {
  const { bits } = elementTypeOf(elementType);
  return bits !== undefined && bits < 8 ? bits : undefined;
}

/** Elements of a few bits, one to a byte. */
export function unpack(bytes: Uint8Array, bits: number, count: number): Uint8Array {
  const [each, mask] = [8 / bits, (1 << bits) - 1];
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++)
    values[i] = ((bytes[Math.floor(i / each)] as number) >> (bits * (i % each))) & mask;
  return values;
}

/** The same back in their bytes. */
export function pack(values: Uint8Array, bits: number): Uint8Array {
  const each = 8 / bits;
  const bytes = new Uint8Array(Math.ceil(values.length / each));
  for (let i = 0; i < values.length; i++)
    bytes[Math.floor(i / each)]! |= (values[i] as number) << (bits * (i % each));
  return bytes;
}
