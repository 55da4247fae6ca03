import { mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { dirname, relative } from "node:path";
import { FilesError } from "./errors.js";
import { nameByGeneration } from "./generation.js";
import { placeInside } from "./inside.js";
import { type StagedFile, stageFile } from "./stage-file.js";
import { discardAll, type Staged } from "./staged.js";
import { namesake, removeSuperseded } from "./superseded.js";
import { identityOf, replaceable } from "./target.js";

/** A file to write, its bytes piece by piece, each good until the next is asked for. */
export interface FileToWrite {
  readonly path: string;
  chunks(): Iterable<Uint8Array>;
}

/** A model of several files. */
export interface ModelToWrite {
  /** Weights files, in or below the folder of the model that names them. */
  readonly weights: readonly FileToWrite[];
  readonly model: FileToWrite;
  /** The model as it is where weights files, by their paths here, are called otherwise. */
  renamed(paths: ReadonlyMap<string, string>): FileToWrite;
}

/** What staging a model's files must leave alone, and how weights that need a new name get it. */
export interface StageModelOptions {
  /** Files that must not be overwritten, and stay. */
  readonly inputs: readonly string[];
  /** Puts a hash into a weights file's name. @default at its end */
  readonly withSuffix?: (name: string, suffix: string) => string;
}

/**
 * Writes a model of several files, but for its last step. Weights never take the place of other files: where a name is
 * taken, it gets a hash of the contents. `publish` then replaces the one file that names them, last, and removes the
 * weights that only the replaced one named; so a run that is killed at any moment leaves the old model or the new one.
 * @throws {FilesError} if a file of `inputs`, or anything but a file, would be overwritten.
 */
export async function stageModelFiles(
  { weights, model, renamed }: ModelToWrite,
  { inputs, withSuffix = (name, suffix) => name + suffix }: StageModelOptions,
): Promise<Staged> {
  const target = replaceable(model.path);
  const folder = dirname(target);
  const taken = new Map(inputs.map((path) => [identityOf(path), path]));
  const free = (path: string): string => {
    const input = taken.get(identityOf(path));
    if (input !== undefined) throw new FilesError("overwrites-input", { path, input });
    return path;
  };
  free(target);
  const names = weights.map(({ path }) => relative(dirname(model.path), path));
  for (const name of names) free(placeInside(folder, name));
  if (weights.length > 0 && realpathSync(dirname(model.path)) !== folder)
    throw new FilesError("unwritable-file", {
      path: model.path,
      why: `it is a link to another folder, and weights are looked for beside the link; write to ${target} itself`,
    });
  const files: StagedFile[] = [];
  try {
    const named = new Map<string, string>();
    const final: string[] = [];
    for (const [i, file] of weights.entries()) {
      const name = names[i] as string;
      const place = (suffix: string): string => free(placeInside(folder, withSuffix(name, suffix)));
      mkdirSync(dirname(place("")), { recursive: true });
      const staged = await stageChunks({ ...file, path: place("") });
      files.push(staged);
      const suffix = await nameByGeneration(staged, place);
      named.set(file.path, withSuffix(file.path, suffix));
      final.push(place(suffix));
    }
    const written = await stageChunks({ ...renamed(named), path: target });
    const discard = (): Promise<void> => discardAll([written, ...files]);
    return {
      path: model.path,
      bytes: [written, ...files].reduce((sum, { bytes }) => sum + bytes, 0),
      async publish() {
        // Only where some weights might go does it matter what the replaced model named.
        const old = namesake({ folder, names, withSuffix, model: target });
        const before = old.length > 0 ? contentsOf(target) : undefined;
        try {
          await written.publish();
        } catch (error) {
          await discard();
          throw error;
        }
        for (const file of files) await file.publish();
        removeSuperseded({ old, before, kept: [...inputs, ...final], model: target });
      },
      discard,
    };
  } catch (error) {
    await discardAll(files);
    throw error;
  }
}

/** A file in pieces, complete but for its name. A piece is written while the next is made. */
export const stageChunks = ({ path, chunks }: FileToWrite): Promise<StagedFile> =>
  stageFile(path, async (file) => {
    const memory: Uint8Array[] = [];
    let turn = 0;
    let at = 0;
    let written: Promise<void> = Promise.resolve();
    try {
      for (const chunk of chunks()) {
        // What is still being written lies in the other of two copies; a long piece is waited for instead.
        const isShort = chunk.length <= longest;
        const own = isShort ? copyOf(chunk, memory, turn) : chunk;
        turn = 1 - turn;
        await written;
        written = writeAt(file, own, at);
        // Whatever becomes of it is seen when it is waited for.
        written.catch(() => {});
        if (!isShort) await written;
        at += chunk.length;
      }
    } finally {
      await written;
    }
  });

/** Bytes of a piece that is copied. */
const longest = 1 << 23;

function copyOf(chunk: Uint8Array, memory: Uint8Array[], i: number): Uint8Array {
  const known = memory[i];
  const own = known && known.length >= chunk.length ? known : new Uint8Array(chunk.length);
  memory[i] = own;
  own.set(chunk);
  return own.subarray(0, chunk.length);
}

const most = 1 << 30;

/** One write call of the system may take less than it is given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(most, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
}

/** Models that name weights files are small; bigger ones hold their weights, and name none. */
const mostBytes = 64 * 2 ** 20;

function contentsOf(path: string): Buffer | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() && stat.size <= mostBytes ? readFileSync(path) : undefined;
}
