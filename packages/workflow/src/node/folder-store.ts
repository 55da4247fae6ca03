import { realpathSync, statSync } from "node:fs";
import { type FileHandle, open, readFile, rename, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { checkFiles, discardAll, publishAll, stageModelFiles } from "@prune/files";
import { reasonOf, type Staged, stageChunks, temporaryFolderFor } from "@prune/files/advanced";
import { disk } from "@prune/samples/node";
import { WorkflowError } from "../errors.js";
import { bytesOf, filesOfModel } from "../made.js";
import { plain } from "../store/plain.js";
import type { NewModel, Range, Store } from "../store/store.js";
import { isStandardOutput, isStream, readStandardInput, stageStream, standard } from "./stream.js";

/** Which paths a store on disk takes. */
export interface FolderStoreOptions {
  /** What relative paths start from. @default the working directory */
  readonly folder?: string;
  /** Refuse paths that lead out of the folder, also over links. @default false */
  readonly confined?: boolean;
  /** `-` is standard input and output, and pipes and devices may be written to. @default false */
  readonly streams?: boolean;
}

/** Files on the disk. What is written together appears complete or not at all, the model first. */
export function folderStore({ folder, confined = false, streams = false }: FolderStoreOptions = {}): Store {
  const flows = (path: string): boolean => streams && isStream(path);
  const locate = (path: string): string => {
    if (streams && path === standard) return path;
    const found = folder === undefined || isAbsolute(path) ? path : join(folder, path);
    if (confined && !isWithin(folder ?? ".", found)) throw new WorkflowError("outside-store", { path });
    return found;
  };
  return {
    locate,
    isStream: (path) => flows(locate(path)),
    async size(path) {
      const found = await stat(locate(path)).catch(() => undefined);
      return found?.isFile() ? found.size : undefined;
    },
    read: async (path, range) =>
      streams && path === standard ? readStandardInput() : readAt(path, locate(path), range),
    async write({ model, files }, inputs = []) {
      const staged: Staged[] = [];
      try {
        if (model) staged.push(await stageModel(located(model, locate), inputs.map(locate), flows));
        for (const file of files) {
          const path = locate(file.path);
          staged.push(flows(path) ? stageStream(path, bytesOf(file)) : await stageChunks({ ...file, path }));
        }
      } catch (error) {
        await discardAll(staged);
        throw error;
      }
      await publishAll(staged);
    },
    resolve(file, reference) {
      const home = dirname(file);
      if (isAbsolute(reference) || !isWithin(locate(home), join(locate(home), reference)))
        throw new WorkflowError("outside-store", { path: reference });
      return join(home, reference);
    },
    check(inputs, outputs) {
      const placed = outputs.map((output) => ({ ...output, path: locate(output.path) }));
      const flowing = placed.filter(({ path }) => streams && isStandardOutput(path));
      const [first, second] = flowing;
      if (first && second)
        throw new WorkflowError("overwrites-input", { path: second.path, input: first.path });
      checkFiles(
        inputs.map(locate),
        placed.filter((output) => !flowing.includes(output)),
      );
    },
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
    // A pipe or a device may never end: what a path is comes before its contents.
    if (!(await stat(path)).isFile()) throw new Error("it is not a file");
    if (!range) return plain(await readFile(path));
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

/** The same model, by where its files lie. */
function located(model: NewModel, locate: (path: string) => string): NewModel {
  const names = new Map(filesOfModel(model).map(({ path }) => [locate(path), path]));
  const placed = <T extends { readonly path: string }>(file: T): T => ({ ...file, path: locate(file.path) });
  return {
    ...model,
    weights: model.weights.map(placed),
    model: placed(model.model),
    renamed: (paths) =>
      placed(
        model.renamed(
          new Map(
            [...paths].map(([from, to]) => {
              const name = names.get(from) ?? from;
              return [name, name.slice(0, name.length - basename(name).length) + basename(to)];
            }),
          ),
        ),
      ),
  };
}

/** A model, complete but for its names. One that goes to a new folder gets that as a whole. */
async function stageModel(
  model: NewModel,
  inputs: readonly string[],
  flows: (path: string) => boolean,
): Promise<Staged> {
  const { path } = model.model;
  const how = { inputs, ...(model.withSuffix && { withSuffix: model.withSuffix }) };
  const home = dirname(path);
  const isNew = model.weights.length > 0 && !statSync(home, { throwIfNoEntry: false });
  if (!isNew) return flows(path) ? stageStream(path, bytesOf(model.model)) : stageModelFiles(model, how);
  const temporary = temporaryFolderFor(resolve(home));
  const inside = located(model, (name) => join(temporary.path, relative(home, name)));
  try {
    const staged = await stageModelFiles(inside, how);
    await staged.publish();
    return {
      path: home,
      bytes: staged.bytes,
      async publish() {
        await rename(temporary.path, resolve(home));
        temporary.forget();
      },
      async discard() {
        temporary.remove();
      },
    };
  } catch (error) {
    temporary.remove();
    throw error;
  }
}
