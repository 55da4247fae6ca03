import { closeSync, openSync, readSync, statSync } from "node:fs";
import { reasonOf } from "@prune/files/advanced";
import { OnnxError } from "../errors.js";

/** Opens a file for reading, lets `use` have its descriptor, and closes it. */
export function withFile<T>(path: string, use: (file: number) => T): T {
  const file = open(path);
  try {
    return use(file);
  } finally {
    closeSync(file);
  }
}

function open(path: string): number {
  try {
    // Opening a pipe that nobody writes to never returns: what a path is comes before its contents. In bigints, because
    // a pipe's numbers would change how Node finds the modules that are imported later (`look` of @prune/files).
    if (statSync(path, { bigint: true }).isFile()) return openSync(path, "r");
  } catch (error) {
    throw new OnnxError("unreadable-file", { path, why: reasonOf(error) });
  }
  throw new OnnxError("unreadable-file", { path, why: "it is not a file" });
}

const chunk = 1 << 30;

/** Exactly `length` bytes, in `into` where it is big enough; one read call of the system returns at most 2 GiB. */
export function readFully(file: number, offset: number, length: number, into?: Uint8Array): Uint8Array {
  const fits = into && into.length >= length ? into : Buffer.allocUnsafeSlow(length);
  const bytes = new Uint8Array(fits.buffer, fits.byteOffset, length);
  for (let done = 0; done < length; ) {
    const read = readSync(file, bytes, done, Math.min(chunk, length - done), offset + done);
    if (read === 0) throw new OnnxError("truncated", { where: "file", missing: length - done });
    done += read;
  }
  return bytes;
}
