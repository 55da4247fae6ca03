import type { NewFile } from "./store/store.js";

/** A model that was made, as files. */
export interface Made {
  /** In the order that they are written; of an ONNX model the last is the model itself. */
  readonly files: readonly NewFile[];
}

/** Bytes of a model's files; at least those of its weights, which may lie elsewhere than in the one file. */
export function sizeOf(files: readonly Pick<NewFile, "length">[], weights: number): number {
  const sum = files.reduce((total, { length }) => total + length, 0);
  return files.length > 1 ? sum : Math.max(sum, weights);
}

/** A file's bytes in one piece. */
export function bytesOf({ length, chunks }: NewFile): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
