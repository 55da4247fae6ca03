import { realpathSync, statSync } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { disk } from "@prune/samples/node";
import { WorkflowError } from "../errors.js";
import type { NewFile, Outputs, Range, Store } from "../store/store.js";

export interface FolderStoreOptions {
  /** What relative paths start from. @default the working directory */
  readonly folder?: string;
  /** Refuse paths that lead out of the folder, also over links. @default false */
  readonly confined?: boolean;
}

/** Files on the disk. What is written together appears complete or not at all. */
export function folderStore({ folder, confined = false }: FolderStoreOptions = {}): Store {
  const locate = (path: string): string => {
    const found = folder === undefined || isAbsolute(path) ? path : join(folder, path);
    if (confined && !isWithin(folder ?? ".", found)) throw new WorkflowError("outside-store", { path });
    return found;
  };
  return {
    locate,
    size: async (path) => (await stat(locate(path)).catch(() => undefined))?.size,
    read: (path, range) => readAt(path, locate(path), range),
    write: (files, inputs = []) =>
      writeAll(
        files.map((file) => ({ ...file, path: locate(file.path) })),
        inputs.map(locate),
      ),
    resolve(file, reference) {
      const home = dirname(file);
      if (isAbsolute(reference) || !isWithin(locate(home), join(locate(home), reference)))
        throw new WorkflowError("outside-store", { path: reference });
      return join(home, reference);
    },
    check: async ({ inputs, files, folders }) =>
      checkOutputs({ inputs: inputs.map(locate), files: files.map(locate), folders: folders.map(locate) }),
    samples: {
      bytes: (path) => disk.bytes(locate(path)),
      entries: async (path, inputs, config) => disk.entries?.(locate(path), inputs, config),
    },
  };
}

/** Whether a path lies in a folder, where its links lead to. */
function isWithin(folder: string, path: string): boolean {
  const way = relative(realPath(folder), realPath(path));
  return way === "" || !(way.startsWith("..") || isAbsolute(way));
}

/** Of what does not exist yet: that of the nearest folder that does, and the rest. */
function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync.native(whole);
  } catch {
    const parent = dirname(whole);
    return parent === whole ? whole : join(realPath(parent), basename(whole));
  }
}

async function readAt(name: string, path: string, range: Range | undefined): Promise<Uint8Array> {
  let file: FileHandle | undefined;
  try {
    if (!range) return await readFile(path);
    file = await open(path);
    const bytes = new Uint8Array(range.length);
    let done = 0;
    while (done < range.length) {
      const { bytesRead } = await file.read(bytes, done, range.length - done, range.offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path: name, why: reasonOf(error) }, { cause: error });
  } finally {
    await file?.close();
  }
}

/** "no such file or directory" of "ENOENT: no such file or directory, open 'x'". */
const reasonOf = (error: unknown): string =>
  (error as Error).message.replace(/^E[A-Z]+: /, "").replace(/, \w+( '.*')?$/, "");

/** Refuses outputs that have no folder, are folders, or would take the place of an input or of each other. */
export function checkOutputs({ inputs, files, folders }: Outputs): void {
  files.forEach((path, i) => {
    const folder = dirname(resolve(path));
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new WorkflowError("no-folder", { path, folder });
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory())
      throw new WorkflowError("not-a-file", { path });
    const input = [...inputs, ...files.slice(0, i)].find((other) => identity(other) === identity(path));
    if (input !== undefined) throw new WorkflowError("overwrites-input", { path, input });
  });
  for (const path of folders) {
    const found = statSync(path, { throwIfNoEntry: false });
    if (path.endsWith(".json") || (found && !found.isDirectory()))
      throw new WorkflowError("not-a-folder", { path });
    const folder = dirname(resolve(path));
    if (!found && !statSync(folder, { throwIfNoEntry: false }))
      throw new WorkflowError("no-folder", { path, folder });
    const held = found && inputs.find((input) => dirname(realPath(input)) === realPath(path));
    if (held !== undefined) throw new WorkflowError("overwrites-input", { path, input: held });
  }
}

/** The same for every name of a file: links lead to it. */
function identity(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true });
  return found ? `${found.dev}:${found.ino}` : resolve(path);
}

let count = 0;

/**
 * Writes every file under a temporary name beside its own, flushes it, and renames them in order when all are complete.
 * A folder that does not exist yet is written under a temporary name as a whole.
 */
async function writeAll(files: readonly NewFile[], inputs: readonly string[]): Promise<void> {
  const taken = new Map(inputs.map((path) => [identity(path), path]));
  for (const { path } of files) {
    const input = taken.get(identity(path));
    if (input !== undefined) throw new WorkflowError("overwrites-input", { path, input });
  }
  const made: { readonly from: string; readonly to: string }[] = [];
  const folders = new Map<string, string>();
  const mark = `${process.pid}-${count++}.tmp`;
  try {
    for (const file of files) {
      const from = await temporaryPath(file.path, mark, folders);
      if (!folders.has(dirname(file.path))) made.push({ from, to: file.path });
      await writeFile(file, from);
    }
    for (const [to, from] of folders) await named(to, rename(from, to));
    for (const { from, to } of made) await named(to, rename(from, to));
  } catch (error) {
    for (const { from } of made) await rm(from, { force: true });
    for (const from of folders.values()) await rm(from, { recursive: true, force: true });
    throw error;
  }
}

/** Beside the file, or in a new folder beside where its folder is to be. */
async function temporaryPath(path: string, mark: string, folders: Map<string, string>): Promise<string> {
  const [folder, name] = [dirname(path), basename(path)];
  const known = folders.get(folder);
  if (known !== undefined) return join(known, name);
  if (statSync(folder, { throwIfNoEntry: false })) return join(folder, `.${name}.${mark}`);
  const made = join(dirname(folder), `.${basename(folder)}.${mark}`);
  await named(path, mkdir(made));
  folders.set(folder, made);
  return join(made, name);
}

async function writeFile({ path, chunks }: NewFile, to: string): Promise<void> {
  const file = await named(path, open(to, "wx"));
  try {
    let at = 0;
    for (const chunk of chunks()) at += await writeAt(path, file, chunk, at);
    await named(path, file.sync());
  } finally {
    await file.close();
  }
}

const most = 1 << 30;

/** One write call of the system may take less than it is given. */
async function writeAt(path: string, file: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(most, bytes.length - done);
    done += (await named(path, file.write(bytes, done, length, position + done))).bytesWritten;
  }
  return bytes.length;
}

/** Errors of the file system say which file could not be written. */
async function named<T>(path: string, doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    throw new WorkflowError("unwritable-file", { path, why: (error as Error).message }, { cause: error });
  }
}
