import type { ModelBytes } from "@prune/onnx";
import type { NewFile, NewModel } from "./store/store.js";

/** Files of a model that was made, in the order that they are written: the last is the one that a runtime opens. */
export const filesOfModel = ({ weights, model }: NewModel): readonly NewFile[] => [...weights, model];

/** Bytes of files together. */
export const sizeOf = (files: readonly Pick<NewFile, "length">[]): number =>
  files.reduce((total, { length }) => total + length, 0);

/** A file's bytes in one piece. */
export function bytesOf({ length, chunks }: Pick<NewFile, "length" | "chunks">): ModelBytes {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks()) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
