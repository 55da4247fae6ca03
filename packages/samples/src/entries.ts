import type { Bytes } from "./bytes.js";
import type { Column } from "./columns.js";
import type { SampleConfig } from "./config.js";
import type { ModelInput } from "./inputs.js";
import { jsonColumns } from "./json.js";
import { npyColumn } from "./npy/npy.js";
import { unpackedColumns } from "./npz/unpacked.js";
import { rawColumn } from "./raw.js";

/** What a file or a folder holds. */
export interface Entries {
  readonly columns: readonly Column[];
  /** Of folders that are classes. */
  readonly labels?: Int32Array | undefined;
  readonly classes?: readonly string[] | undefined;
  readonly text?: TextWindows | undefined;
}

/** Of samples that are windows of `length` over the tokens of a corpus, one every `stride` tokens. */
export interface TextWindows {
  /** The input that takes the tokens. */
  readonly input: string;
  readonly length: number;
  readonly stride: number;
  /** In the corpus. */
  readonly tokens: number;
}

/** Where samples lie: a disk, memory, or what a browser gives. */
export interface SampleFiles {
  /** A file's bytes, which are read in parts. */
  bytes(path: string): Promise<Bytes>;
  /** Opens what only some places can: folders of images, archives. Undefined for anything else. */
  readonly entries?: (
    path: string,
    inputs: readonly ModelInput[],
    config: SampleConfig,
  ) => Promise<Entries | undefined>;
}

/** Opens what lies at a path, by its kind: what its place knows to open, .npy, .npz, .json, or else raw bytes. */
export async function openEntries(
  files: SampleFiles,
  path: string,
  inputs: readonly ModelInput[],
  config: SampleConfig,
): Promise<Entries> {
  const found = await files.entries?.(path, inputs, config);
  if (found) return found;
  const kind = extensionOf(path);
  const bytes = await files.bytes(path);
  if (kind === ".npz") return { columns: await unpackedColumns(bytes) };
  if (kind === ".npy") return { columns: [await npyColumn(bytes)] };
  if (kind === ".json") return { columns: await jsonColumns(bytes) };
  return { columns: [rawColumn(bytes, config.shape)] };
}

/** ".npy" of "data/x.NPY"; "" if there is none. */
export const extensionOf = (path: string): string =>
  /[^/\\](\.[^./\\]*)$/.exec(path)?.[1]?.toLowerCase() ?? "";
