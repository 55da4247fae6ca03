import { mkdirSync, realpathSync, renameSync, statSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { FilesError, stageModelFiles } from "@prune/files";
import { type FileToWrite, placeInside, type Staged, temporaryFolderFor } from "@prune/files/advanced";
import { TfjsError } from "../errors.js";
import { filesOfModel, withShardNames, withShardSuffix } from "../format/files-of-model.js";
import type { ModelFiles } from "../format/write-model.js";
import type { GraphModel } from "../model.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";

/** What saving a model's files must leave alone. */
export interface SaveOptions {
  /** Files that must not be overwritten: see `modelFiles`. */
  readonly inputs?: readonly string[];
}

/**
 * Writes a model of either kind into a folder. A folder that is not there yet appears complete or not at all. In one
 * that is, weights files never take the place of others: where their names are taken they get a hash of their contents,
 * model.json, which names them, is replaced last, and the weights of the model that it was go then. A run that is
 * killed leaves one of the two models.
 * @throws {TfjsError} if a file of `inputs`, or of what a GraphModel was read from, would be overwritten.
 */
export async function saveTfjsModel(
  folder: string,
  model: TfjsModel,
  options: SaveOptions = {},
): Promise<void> {
  const staged = await stageTfjsModel(folder, model, options);
  await asTfjsErrors(folder, () => staged.publish());
}

/** The same, but for its last step: nothing is in the folder until `publish`, and `discard` leaves nothing. */
export async function stageTfjsModel(
  folder: string,
  model: TfjsModel,
  { inputs = [] }: SaveOptions = {},
): Promise<Staged> {
  const files = await filesOfModel(model);
  const own = isGraphModel(model) ? (model.files ?? []) : [];
  return asTfjsErrors(folder, () => stage(folder, files, [...inputs, ...own]));
}

/** Writes a GraphModel into a folder, as `saveModel` does. */
export const saveGraphModel = (folder: string, model: GraphModel): Promise<void> =>
  saveTfjsModel(folder, model);

async function stage(folder: string, files: ModelFiles, inputs: readonly string[]): Promise<Staged> {
  const names = files.shards.map(({ path }) => path);
  const twice = names.find((name, i) => name === modelName || names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new TfjsError("malformed", { where: "weightsManifest", why: `two files are called "${twice}"` });
  return statSync(folder, { throwIfNoEntry: false })
    ? stageInto(realpathSync(folder), files, inputs)
    : stageFolder(folder, files);
}

const modelName = "model.json";

/** A folder that is not there yet: all of it is renamed at once. */
async function stageFolder(folder: string, files: ModelFiles): Promise<Staged> {
  const target = resolve(folder);
  mkdirSync(dirname(target), { recursive: true });
  const temporary = temporaryFolderFor(target);
  try {
    const staged = await stageInto(temporary.path, files, []);
    await staged.publish();
    return {
      path: folder,
      bytes: staged.bytes,
      async publish() {
        renameSync(temporary.path, target);
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

function stageInto(folder: string, { json, shards }: ModelFiles, inputs: readonly string[]): Promise<Staged> {
  const weights = shards.map(
    ({ path, bytes }): FileToWrite => ({ path: join(folder, path), chunks: () => [bytes] }),
  );
  const model = (paths: ReadonlyMap<string, string>): FileToWrite => {
    const named = (path: string): string =>
      paths
        .get(join(folder, path))
        ?.slice(folder.length + 1)
        .replaceAll(sep, "/") ?? path;
    return {
      path: join(folder, modelName),
      chunks: () => [new TextEncoder().encode(JSON.stringify(withShardNames(json, named)))],
    };
  };
  for (const { path } of shards) placeInside(folder, path);
  return stageModelFiles(
    { weights, model: model(new Map()), renamed: model },
    { inputs, withSuffix: withShardSuffix },
  );
}

async function asTfjsErrors<T>(folder: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (FilesError.is(error, "outside-folder"))
      throw new TfjsError("bad-shard-path", { path: error.detail.path });
    if (FilesError.is(error, "overwrites-input"))
      throw new TfjsError("overwrites-input", { path: error.detail.path });
    if (error instanceof FilesError || (error instanceof Error && "syscall" in error))
      throw new TfjsError("unwritable-file", { path: folder, why: error.message.replace(/\.$/, "") });
    throw error;
  }
}
