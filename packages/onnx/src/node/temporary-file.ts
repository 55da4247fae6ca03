import { unlinkSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { OnnxError } from "../errors.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Temporary files to remove if the process ends before they are renamed. */
const pending = new Set<string>();
let count = 0;

/** A file that appears under its name complete or not at all. */
export interface TemporaryFile {
  /** Gives the file its name, in place of any that has it. */
  publish(): Promise<void>;
  discard(): Promise<void>;
}

/** Lets `fill` write a new file beside `path` and flushes it to the disk. */
export async function temporaryFile(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<TemporaryFile> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${count++}.tmp`);
  const discard = async (): Promise<void> => {
    await unlink(temporary).catch(() => {});
    forget(temporary);
  };
  try {
    const file = await open(temporary, "wx");
    remember(temporary);
    try {
      await fill(file);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (pending.has(temporary)) await discard();
    throw unwritable(path, error);
  }
  const publish = async (): Promise<void> => {
    try {
      await rename(temporary, path);
      forget(temporary);
    } catch (error) {
      throw unwritable(path, error);
    }
  };
  return { publish, discard };
}

/** Errors of the file system become ours; others pass. */
function unwritable(path: string, error: unknown): unknown {
  const failed = error instanceof Error && "syscall" in error;
  return failed ? new OnnxError("unwritable-file", { path, why: error.message }) : error;
}

function remember(path: string): void {
  if (pending.size === 0) {
    process.on("exit", removePending);
    for (const signal of signals) process.on(signal, onSignal);
  }
  pending.add(path);
}

function forget(path: string): void {
  pending.delete(path);
  if (pending.size > 0) return;
  process.off("exit", removePending);
  for (const signal of signals) process.off(signal, onSignal);
}

function removePending(): void {
  for (const path of [...pending]) {
    try {
      unlinkSync(path);
    } catch {
      // It is gone already, or the folder is.
    }
    forget(path);
  }
}

/** Cleans up, then lets the signal end the process unless the program handles it itself. */
function onSignal(signal: NodeJS.Signals): void {
  removePending();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
