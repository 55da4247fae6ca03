import { atOnce, type Steps } from "@prune/graph/advanced";
import { OnnxError } from "../errors.js";
import type { ModelBytes, NewTensor } from "../model.js";
import { byteLength } from "../read/element-types.js";

/** Bytes to write, in order: at hand, or made when their turn comes. */
export type Rope = readonly Piece[];

export type Piece = Uint8Array | Late;

export interface Late {
  readonly length: number;
  bytes(): Uint8Array;
  /** The same in pieces, each good until the next is asked for. */
  pieces(): Iterable<Uint8Array>;
}

/** Puts a rope behind pieces; of a graph of many nodes it is too long to be spread over a call's arguments. */
export function append(pieces: Piece[], rope: Rope): void {
  for (const piece of rope) pieces.push(piece);
}

export const lengthOf = (rope: Rope): number => rope.reduce((sum, { length }) => sum + length, 0);

export const bytesOf = (piece: Piece): Uint8Array => (piece instanceof Uint8Array ? piece : piece.bytes());

const piecesOf = (piece: Piece): Iterable<Uint8Array> =>
  piece instanceof Uint8Array ? [piece] : piece.pieces();

/** A rope's bytes piece by piece, each good until the next. */
export function* flow(rope: Rope): Generator<Uint8Array> {
  for (const piece of rope) yield* piecesOf(piece);
}

/** Joins short pieces, so that a file is written in few calls; long ones stay as they are. */
export function* joinShort(pieces: Iterable<Uint8Array>, size: number = 1 << 20): Generator<Uint8Array> {
  const joined = new Uint8Array(size);
  let length = 0;
  for (const piece of pieces) {
    const isLong = piece.length > size / 2;
    if (length > 0 && (isLong || length + piece.length > size)) {
      yield joined.subarray(0, length);
      length = 0;
    }
    if (isLong) yield piece;
    else {
      joined.set(piece, length);
      length += piece.length;
    }
  }
  if (length > 0) yield joined.subarray(0, length);
}

/** The bytes of a rope in one piece. */
export const join = (rope: Rope): ModelBytes => atOnce(joining(rope));

/** Copied between two breaths: a millisecond or two, of strided slices too. */
const breath = 1 << 20;

/** The same in steps. */
export function* joining(rope: Rope): Steps<ModelBytes> {
  const joined = new Uint8Array(lengthOf(rope));
  let at = 0;
  let since = 0;
  for (const piece of flow(rope)) {
    for (let from = 0; from < piece.length; from += breath) {
      const part = piece.subarray(from, from + breath);
      joined.set(part, at);
      at += part.length;
      since += part.length;
      if (since < breath) continue;
      since = 0;
      yield;
    }
  }
  return joined;
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
  const check = (found: number): void => {
    if (found !== length) throw new OnnxError("size-mismatch", { tensor: name, expected: length, found });
  };
  const bytes = (): Uint8Array => {
    const all = tensor.bytes();
    check(all.length);
    return all;
  };
  return {
    length,
    bytes,
    *pieces() {
      if (!tensor.pieces) return yield bytes();
      let found = 0;
      for (const piece of tensor.pieces()) {
        found += piece.length;
        yield piece;
      }
      check(found);
    },
  };
}
