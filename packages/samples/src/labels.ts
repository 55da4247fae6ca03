import { extname } from "node:path";
import { fileBytes } from "./bytes.js";
import type { Column } from "./columns.js";
import { SamplesError } from "./errors.js";
import { jsonColumns } from "./json.js";
import { npyColumn } from "./npy/npy.js";
import { rawColumn } from "./raw.js";

/** Names that entries of labels go by. */
const usual = new Set(["y", "label", "labels"]);

export const isLabels = (name: string | undefined): boolean => name !== undefined && usual.has(name);

/** A file of labels: .npy, .json, or a byte each. */
export async function labelsFile(path: string): Promise<Column> {
  const kind = extname(path).toLowerCase();
  if (kind === ".npy") return npyColumn(await fileBytes(path));
  if (kind === ".json") {
    const [first] = await jsonColumns(path);
    return first as Column;
  }
  return rawColumn(await fileBytes(path), [1]);
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
