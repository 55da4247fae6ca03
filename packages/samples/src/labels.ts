import type { Column } from "./columns.js";
import { extensionOf, type SampleFiles } from "./entries.js";
import { SamplesError } from "./errors.js";
import { jsonColumns } from "./json.js";
import { npyColumn } from "./npy/npy.js";
import { rawColumn } from "./raw.js";

/** Names that entries of labels go by. */
const usual = new Set(["y", "label", "labels"]);

export const isLabels = (name: string | undefined): boolean => name !== undefined && usual.has(name);

/** A file of labels: .npy, .json, or a byte each. */
export async function labelsFile(files: SampleFiles, path: string): Promise<Column> {
  const [kind, bytes] = [extensionOf(path), await files.bytes(path)];
  if (kind === ".npy") return npyColumn(bytes);
  if (kind === ".json") {
    const [first] = await jsonColumns(bytes);
    return first as Column;
  }
  return rawColumn(bytes, [1]);
}

/** A class for each of so many samples. */
export async function readLabels(column: Column, samples: number): Promise<Int32Array> {
  const size = column.shape.reduce((a, b) => a * b, 1);
  if (column.count !== samples || size !== 1)
    throw new SamplesError("labels-count", { samples, labels: column.count * size });
  const values = await column.read(Int32Array.from({ length: samples }, (_, i) => i));
  const bad = values.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label < 2 ** 31));
  if (bad >= 0) throw new SamplesError("bad-label", { index: bad, label: values[bad] as number });
  return Int32Array.from(values);
}
