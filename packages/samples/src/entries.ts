import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { fileBytes } from "./bytes.js";
import type { Column } from "./columns.js";
import type { SampleConfig } from "./config.js";
import { reasonOf, SamplesError } from "./errors.js";
import { imageColumn } from "./images/decode.js";
import { imageFolder } from "./images/folder.js";
import { imageShape } from "./images/shape.js";
import type { ModelInput } from "./inputs.js";
import { jsonColumns } from "./json.js";
import { npyColumn } from "./npy/npy.js";
import { npzColumns } from "./npy/npz.js";
import { rawColumn } from "./raw.js";

/** What a file or a folder holds. */
export interface Entries {
  readonly columns: readonly Column[];
  /** Of folders that are classes. */
  readonly labels?: Int32Array | undefined;
  readonly classes?: readonly string[] | undefined;
}

/** Opens what lies at a path, by its kind: a folder of images, .npy, .npz, .json, or else raw bytes. */
export async function openEntries(
  path: string,
  inputs: readonly ModelInput[],
  config: SampleConfig,
): Promise<Entries> {
  if (await isFolder(path)) {
    const { files, labels, classes } = await imageFolder(path, config.classes);
    return { columns: [imageColumn(files, imageShape(path, inputs, config), config)], labels, classes };
  }
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return { columns: [await npyColumn(await fileBytes(path))] };
    case ".npz":
      return { columns: await npzColumns(path) };
    case ".json":
      return { columns: await jsonColumns(path) };
    default:
      return { columns: [rawColumn(await fileBytes(path), config.shape)] };
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  }
}
