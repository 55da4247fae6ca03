import { type Bytes, readRows } from "./bytes.js";
import { type Column, product, rowsOf } from "./columns.js";
import { SamplesError } from "./errors.js";

/** Raw bytes, sample after sample. */
export function rawColumn(bytes: Bytes, shape: readonly number[] | undefined): Column {
  if (!shape) throw new SamplesError("no-shape", { path: bytes.path });
  const size = product(shape);
  return { ...sized(bytes.size, shape), read: (places) => readRows(bytes, 0, size, places) };
}

/** The same of bytes in memory. */
export function memoryColumn(data: Uint8Array, shape: readonly number[]): Column {
  const size = product(shape);
  return { ...sized(data.length, shape), read: async (places) => rowsOf(data, size, places) };
}

function sized(bytes: number, shape: readonly number[]): Omit<Column, "read"> {
  const sample = product(shape);
  const count = bytes / sample;
  if (count === 0 || !Number.isInteger(count))
    throw new SamplesError("images-size", { bytes, sample, shape: shape.join("x") });
  return { name: undefined, count, shape, isBytes: true };
}
