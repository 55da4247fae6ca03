import { type Bytes, memoryBytes } from "../bytes.js";
import type { Column } from "../columns.js";
import { SamplesError } from "../errors.js";
import { npyColumn } from "../npy/npy.js";
import { crc32 } from "./crc32.js";
import { type ZipEntry, zipEntries } from "./zip.js";

/**
 * The arrays of an .npz archive that lies anywhere, by name. Arrays that are packed are unpacked into memory; the others
 * are read in parts.
 */
export async function unpackedColumns(bytes: Bytes): Promise<Column[]> {
  const arrays = (await zipEntries(bytes)).filter(({ name }) => name.endsWith(".npy"));
  if (arrays.length === 0)
    throw new SamplesError("bad-file", { path: bytes.path, why: "it holds no arrays" });
  const columns: Column[] = [];
  for (const entry of arrays)
    columns.push(await npyColumn(await entryBytes(bytes, entry), entry.name.replace(/\.npy$/, "")));
  return columns;
}

const piece = 1 << 20;

async function entryBytes(archive: Bytes, entry: ZipEntry): Promise<Bytes> {
  const path = `${archive.path} (${entry.name})`;
  const { start, packed, size, method, sum } = entry;
  const check = (found: number): void => {
    if (found !== sum)
      throw new SamplesError("bad-file", { path, why: "its contents don't match its checksum" });
  };
  if (method === "stored") {
    let found = 0;
    for (let at = 0; at < size; at += piece)
      found = crc32(await archive.read(start + at, Math.min(piece, size - at)), found);
    check(found);
    const read = (offset: number, length: number): Promise<Uint8Array> =>
      archive.read(start + offset, Math.max(0, Math.min(length, size - offset)));
    return { path, size, read };
  }
  const unpacked = await inflated(path, await archive.read(start, packed), size);
  check(crc32(unpacked));
  return memoryBytes(path, unpacked);
}

/** What was packed by DEFLATE; no more than the archive says that it holds. */
async function inflated(path: string, packed: Uint8Array, size: number): Promise<Uint8Array> {
  const out = new Uint8Array(size);
  const reader = new Blob([packed as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("deflate-raw"))
    .getReader();
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > size) throw new Error("it holds more than it says");
      out.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    throw new SamplesError("bad-file", { path, why: (error as Error).message }, { cause: error });
  }
  if (at < size) throw new SamplesError("bad-file", { path, why: "it ends early" });
  return out;
}
