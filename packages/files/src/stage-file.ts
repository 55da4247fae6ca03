import { closeSync, linkSync, openSync, renameSync, unlinkSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FilesError, unwritable } from "./errors.js";
import { prefixOf, removeLeftovers, temporaryName } from "./leftovers.js";
import { forget, remember } from "./pending.js";
import type { Staged } from "./staged.js";
import { replaceable } from "./target.js";

/** A file that is complete but for its name. */
export interface StagedFile extends Staged {
  /** The file as it is called for now. */
  readonly temporary: string;
  /**
   * Gives the file a name that no file has, in place of `path`, but not yet for good: `discard` still removes it.
   * Returns false, and does nothing, where some file has it.
   */
  claim(path: string): Promise<boolean>;
}

/**
 * Lets `fill` write a new file beside `path` and flushes it to the disk.
 * @throws {FilesError} if `path` is no regular file, or can't be written.
 */
export async function stageFile(
  path: string,
  fill: (file: FileHandle) => Promise<void>,
): Promise<StagedFile> {
  const target = replaceable(path);
  const folder = dirname(target);
  const prefix = prefixOf(basename(target));
  removeLeftovers(folder, prefix);
  let current = join(folder, temporaryName(prefix));
  let isDone = false;
  remember(current);
  const discard = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await unlink(current).catch(() => {});
    forget(current);
  };
  let bytes = 0;
  try {
    const file = await open(current, "wx");
    try {
      const flushing = flushMeanwhile(file);
      try {
        await fill(file);
      } finally {
        await flushing.end();
      }
      await file.sync();
      bytes = (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    await discard();
    throw unwritable(path, error);
  }
  let final = target;
  return {
    path,
    bytes,
    get temporary() {
      return current;
    },
    async claim(name) {
      if (!take(current, name)) return false;
      forget(current);
      current = name;
      final = name;
      return true;
    },
    async publish() {
      if (isDone) return;
      try {
        if (current !== final) await rename(current, replaceable(final));
      } catch (error) {
        throw error instanceof FilesError ? error : unwritable(path, error);
      }
      isDone = true;
      forget(current);
    },
    discard,
  };
}

/** Milliseconds between two flushes: small files are written before the first. */
const flushEvery = 400;

/**
 * Has what was written go to the disk while more is computed, as otherwise all of a large file is waited for at its end.
 * @returns what ends it, and throws if the disk refused something: a flush after the one that failed need not say so again.
 */
function flushMeanwhile(file: FileHandle): { end(): Promise<void> } {
  let under: Promise<void> | undefined;
  let refused: unknown;
  const timer = setInterval(() => {
    under ??= file
      .datasync()
      .catch((error: unknown) => {
        refused ??= error;
      })
      .finally(() => {
        under = undefined;
      });
  }, flushEvery);
  return {
    async end() {
      clearInterval(timer);
      await under;
      if (refused !== undefined) throw refused;
    },
  };
}

/**
 * Gives a file a name that none has; false if some file has it. Without a pause, so that no signal comes between: what is
 * remembered here is this run's own.
 */
function take(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    remember(to);
    unlinkSync(from);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EEXIST") return false;
    if (!linkless.has(code)) throw unwritable(to, error);
  }
  try {
    closeSync(openSync(to, "wx"));
    remember(to);
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw unwritable(to, error);
  }
}

/** What file systems without hard links say. */
const linkless: ReadonlySet<string> = new Set([
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "EXDEV",
]);

/** Text, or bytes, as a staged file. */
export const stageContents = (path: string, contents: string | Uint8Array): Promise<StagedFile> =>
  stageFile(path, (file) => file.writeFile(contents));
