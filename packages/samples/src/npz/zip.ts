import type { Bytes } from "../bytes.js";
import { SamplesError } from "../errors.js";

/** A file in a ZIP archive: where its bytes lie, and what is known of them. */
export interface ZipEntry {
  readonly name: string;
  readonly start: number;
  /** Bytes in the archive, and as they were. */
  readonly packed: number;
  readonly size: number;
  readonly method: "stored" | "deflated";
  /** CRC-32 of the bytes as they were. */
  readonly sum: number;
}

/** An archive of samples has one for each input. */
const mostEntries = 4096;
/** The record at the end is 22 bytes and a comment of at most 65,535. */
const endSize = 22;
const farthest = endSize + 0xffff;
const signatures = {
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
  file: 0x02014b50,
  local: 0x04034b50,
};
const unknown32 = 0xffffffff;

/** What a ZIP archive holds, by the directory at its end (APPNOTE 6.3, with ZIP64). */
export async function zipEntries(archive: Bytes): Promise<ZipEntry[]> {
  const bad = (why: string): SamplesError =>
    new SamplesError("bad-file", { path: archive.path, why: `it is no archive that can be read (${why})` });
  const view = async (offset: number, length: number): Promise<DataView> => {
    const bytes = await archive.read(offset, length);
    if (offset < 0 || bytes.length < length) throw bad("it ends early");
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const { offset, size, count } = await directory(archive, view, bad);
  if (count > mostEntries)
    throw new SamplesError("bad-file", {
      path: archive.path,
      why: `it holds more than ${mostEntries} entries`,
    });
  const list = await view(offset, size);
  const entries: ZipEntry[] = [];
  for (let at = 0, i = 0; i < count; i++) {
    if (at + 46 > size || list.getUint32(at, true) !== signatures.file) throw bad("its directory is damaged");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      list.getUint16(at + field, true),
    ) as [number, number, number];
    const end = at + 46 + nameLength + extraLength + commentLength;
    if (end > size) throw bad("its directory is damaged");
    const name = new TextDecoder().decode(new Uint8Array(list.buffer, list.byteOffset + at + 46, nameLength));
    const method = list.getUint16(at + 10, true);
    if ((list.getUint16(at + 8, true) & 1) === 1) throw bad(`${name} is encrypted`);
    if (method !== 0 && method !== 8) throw bad(`${name} is packed by method ${method}`);
    const wide = wideNumbers(list, at + 46 + nameLength, extraLength);
    const number = (field: number): number => {
      const value = list.getUint32(at + field, true);
      return value === unknown32 ? (wide.next().value ?? value) : value;
    };
    const unpackedSize = number(24);
    const packed = number(20);
    const local = number(42);
    const header = await view(local, 30);
    if (header.getUint32(0, true) !== signatures.local) throw bad("its directory is damaged");
    const start = local + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + packed > archive.size) throw bad("it ends early");
    entries.push({
      name,
      start,
      packed,
      size: unpackedSize,
      method: method === 0 ? "stored" : "deflated",
      sum: list.getUint32(at + 16, true),
    });
    at = end;
  }
  return entries;
}

/** Numbers of 64 bits in the order in which fields of 32 bits leave them open. */
function* wideNumbers(list: DataView, from: number, length: number): Generator<number, undefined> {
  for (let at = from; at + 4 <= from + length; ) {
    const [id, size] = [list.getUint16(at, true), list.getUint16(at + 2, true)];
    if (id === 1)
      for (let field = at + 4; field + 8 <= Math.min(at + 4 + size, from + length); field += 8)
        yield Number(list.getBigUint64(field, true));
    at += 4 + size;
  }
  return undefined;
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function directory(
  { size: total }: Bytes,
  view: (offset: number, length: number) => Promise<DataView>,
  bad: (why: string) => SamplesError,
): Promise<Directory> {
  const from = Math.max(0, total - farthest);
  const tail = await view(from, total - from);
  let at = tail.byteLength - endSize;
  while (at >= 0 && tail.getUint32(at, true) !== signatures.end) at--;
  if (at < 0) throw bad("it has no directory");
  const plain = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
  const isWide = plain.count === 0xffff || plain.size === unknown32 || plain.offset === unknown32;
  if (!isWide || at < 20 || tail.getUint32(at - 20, true) !== signatures.locator64) return plain;
  const end = await view(Number(tail.getBigUint64(at - 12, true)), 56);
  if (end.getUint32(0, true) !== signatures.end64) throw bad("its directory is damaged");
  return {
    count: Number(end.getBigUint64(32, true)),
    size: Number(end.getBigUint64(40, true)),
    offset: Number(end.getBigUint64(48, true)),
  };
}
