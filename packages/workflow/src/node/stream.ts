import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { look, lookAway, reasonOf, type Staged, targetOf } from "@prune/files/advanced";
import { WorkflowError } from "../errors.js";
import { plain } from "../store/plain.js";

/** What standard input and output are called. */
export const standard = "-";

/**
 * All that standard input holds.
 * @throws {WorkflowError} `unreadable-file` if it can't be read.
 */
export function readStandardInput(): Uint8Array {
  try {
    return plain(readFileSync(0));
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path: standard, why: reasonOf(error) });
  } finally {
    lookAway();
  }
}

/** Whether a path is standard output, by whatever name: `-`, /dev/stdout, or the file that it was sent to. */
export function isStandardOutput(path: string): boolean {
  if (path === standard) return true;
  const stat = look(path);
  if (!stat || stat.isDirectory()) return false;
  try {
    const out = look(1);
    if (!out) return false;
    return (out.isFile() || out.isFIFO()) && stat.dev === out.dev && stat.ino === out.ino;
  } catch {
    return false;
  }
}

/** Whether what is written to a path flows on, as into a pipe or a device, and nothing is replaced. */
export const isStream = (path: string): boolean => isStandardOutput(path) || targetOf(path).kind === "stream";

/** Bytes that flow out, all at once, when they are published. */
export function stageStream(path: string, bytes: Uint8Array): Staged {
  return {
    path,
    bytes: bytes.length,
    async publish() {
      const isOut = isStandardOutput(path);
      try {
        const file = isOut ? 1 : openSync(path, "w");
        try {
          writeFully(file, bytes);
        } finally {
          if (!isOut) closeSync(file);
        }
      } catch (error) {
        throw new WorkflowError("unwritable-file", { path, why: reasonOf(error) });
      }
    },
    async discard() {},
  };
}

function writeFully(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(file, bytes, done);
    } catch (error) {
      // A pipe that is full for now.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
