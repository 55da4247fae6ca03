import { OnnxError } from "../errors.js";
import type { NewTensor } from "../model.js";
import { byteLength } from "../read/element-types.js";

/** Bytes to write, in order: at hand, or made when their turn comes. */
export type Rope = readonly Piece[];

export type Piece = Uint8Array | Late;

export interface Late {
  readonly length: number;
  bytes(): Uint8Array;
}

export const lengthOf = (rope: Rope): number => rope.reduce((sum, { length }) => sum + length, 0);

export const bytesOf = (piece: Piece): Uint8Array => (piece instanceof Uint8Array ? piece : piece.bytes());

/** Joins short pieces, so that a file is written in few calls; long ones stay as they are. */
export function* joinShort(rope: Rope, size: number = 1 << 16): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for (const piece of rope) {
    const bytes = bytesOf(piece);
    if (length > 0 && length + bytes.length > size) {
      yield concat(waiting);
      waiting = [];
      length = 0;
    }
    if (bytes.length >= size) yield bytes;
    else {
      waiting.push(bytes);
      length += bytes.length;
    }
  }
  if (length > 0) yield concat(waiting);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const joined = new Uint8Array(lengthOf(chunks));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** A new tensor's bytes, whose number is known before they are made. */
export function late(name: string, elementType: number, tensor: NewTensor): Late {
  const length = byteLength(elementType, tensor.shape);
  if (length === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType });
  return {
    length,
    bytes: () => {
      const bytes = tensor.bytes();
      if (bytes.length !== length)
        throw new OnnxError("size-mismatch", { tensor: name, expected: length, found: bytes.length });
      return bytes;
    },
  };
}
