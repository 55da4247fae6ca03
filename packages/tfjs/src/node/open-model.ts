import { closeSync, openSync, readFileSync, readSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { FilesError } from "@prune/files";
import { existingInside, reasonOf } from "@prune/files/advanced";
import { TfjsError } from "../errors.js";
import { modelOf } from "../format/model-of.js";
import { parseJson, readGraphModel } from "../format/read-model.js";
import type { GraphModel, ModelJson } from "../model.js";
import { isGraphModel, type TfjsModel } from "../tfjs.js";

/**
 * The model behind a model.json, or the folder that it is in: a GraphModel as read, or a tf.LayersModel loaded by
 * @tensorflow/tfjs-layers into the backend in use.
 */
export async function openTfjsModel(path: string): Promise<TfjsModel> {
  const { json, data, files } = openFiles(path);
  const model = await modelOf(json, data);
  return isGraphModel(model) ? { ...model, files } : model;
}

/** All files of a model on disk, model.json first: what `saveModel` must not overwrite. */
export const modelFiles = (path: string): readonly string[] => filesOf(path).files;

/** A GraphModel on disk: its model.json, or the folder that it is in. */
export function openGraphModel(path: string): GraphModel {
  const { json, data, files } = openFiles(path);
  return { ...readGraphModel(json, data), files };
}

/** A model.json and the contents of the weights files that it names. */
export interface OpenedFiles {
  readonly json: ModelJson;
  readonly data: Uint8Array;
  /** All files, model.json first. */
  readonly files: readonly string[];
}

/** Opens a model. Its weights are held once, in the order of the manifest, however many files they are spread over. */
export function openFiles(path: string): OpenedFiles {
  const { json, files } = filesOf(path);
  const shards = files.slice(1).map((shard) => ({ shard, size: sizeOf(shard) }));
  const data = new Uint8Array(shards.reduce((sum, { size }) => sum + size, 0));
  let at = 0;
  for (const { shard, size } of shards) {
    readInto(data.subarray(at, at + size), shard);
    at += size;
  }
  return { json, data, files };
}

/** A model.json, and the paths of all files of the model, itself first; no weights are read. */
function filesOf(path: string): Pick<OpenedFiles, "json" | "files"> {
  const file = modelFile(path);
  const json = parseJson(readText(file));
  const shards = json.weightsManifest.flatMap((group) => group.paths.map((shard) => locate(file, shard)));
  return { json, files: [file, ...shards] };
}

function modelFile(path: string): string {
  try {
    // In bigints, because a pipe's numbers would change how Node finds the modules that are imported later.
    const file = statSync(path, { bigint: true }).isDirectory() ? join(path, "model.json") : path;
    if (statSync(file, { bigint: true }).isFile()) return file;
  } catch (error) {
    throw new TfjsError("unreadable-file", { path, why: reasonOf(error) });
  }
  throw new TfjsError("unreadable-file", { path, why: "it is not a file" });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new TfjsError("unreadable-file", { path, why: reasonOf(error) });
  }
}

/** Weights files lie in or below the folder of model.json; links may not lead out of it. */
function locate(file: string, shard: string): string {
  try {
    return existingInside(dirname(resolve(file)), shard, dirname(realpathSync(file)));
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    const { path, why } = error.detail as { readonly path: string; readonly why: string };
    throw error.code === "missing-file"
      ? new TfjsError("missing-shard", { path, why })
      : new TfjsError("bad-shard-path", { path: String(shard) });
  }
}

function sizeOf(path: string): number {
  const found = statSync(path, { bigint: true });
  if (!found.isFile()) throw new TfjsError("missing-shard", { path, why: "it is not a file" });
  return Number(found.size);
}

function readInto(bytes: Uint8Array, path: string): void {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, at);
      if (read === 0) throw new Error("it became shorter while it was read");
      at += read;
    }
  } catch (error) {
    throw new TfjsError("missing-shard", { path, why: reasonOf(error) });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
