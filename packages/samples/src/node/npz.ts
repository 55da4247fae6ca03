import type { Readable } from "node:stream";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import type { Bytes } from "../bytes.js";
import type { Column } from "../columns.js";
import { reasonOf, SamplesError } from "../errors.js";
import { npyColumn } from "../npy/npy.js";
import { crc32 } from "../npz/crc32.js";
import { checkIsFile } from "./file-bytes.js";

/** The arrays of an .npz archive, by name. They are unpacked as they are read, from the front to the end. */
export async function npzColumns(path: string): Promise<Column[]> {
  const entries: Entry[] = [];
  await checkIsFile(path);
  await attempt(path, async () => {
    const zip = await opened(path);
    for await (const entry of zip.eachEntry()) {
      if (entries.push(entry) <= mostEntries) continue;
      zip.close();
      throw new SamplesError("bad-file", { path, why: `it holds more than ${mostEntries} entries` });
    }
    zip.close();
  });
  const arrays = entries.filter(({ fileName }) => fileName.endsWith(".npy"));
  if (arrays.length === 0) throw new SamplesError("bad-file", { path, why: "it holds no arrays" });
  const packed = arrays.filter(({ compressionMethod }) => compressionMethod !== 0);
  const unpacked = packed.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (unpacked > mostUnpacked)
    throw new SamplesError("bad-file", {
      path,
      why: `its compressed arrays take ${unpacked} bytes when they are unpacked, and ${mostUnpacked} are the most; save them with np.savez, which compresses nothing, or as .npy`,
    });
  const columns: Column[] = [];
  for (const entry of arrays)
    columns.push({
      ...(await npyColumn(entryBytes(entry, path), entry.fileName.replace(/\.npy$/, ""))),
      isSequential: true,
    });
  return columns;
}

/** Unpacking goes at some 200 MB a second, and a small archive may hold any amount. */
const mostUnpacked = 8 * 2 ** 30;

/** An archive of samples has one for each input. */
const mostEntries = 4096;

const opened = (path: string): Promise<ZipFile> => openPromise(path, { lazyEntries: true, autoClose: false });

/** An entry as a stream that is opened again only to go back. */
function entryBytes(entry: Entry, archive: string): Bytes {
  const path = `${archive} (${entry.fileName})`;
  let stream: AsyncIterator<Uint8Array> | undefined;
  let open: Readable | undefined;
  let have: Uint8Array = new Uint8Array();
  let at = 0;
  let sum = 0;
  const rewind = async (): Promise<AsyncIterator<Uint8Array>> => {
    open?.destroy();
    const zip = await opened(archive);
    open = await zip.openReadStreamPromise(entry);
    open.once("close", () => zip.close());
    [have, at, sum] = [new Uint8Array(), 0, 0];
    return open[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  };
  return {
    path,
    size: entry.uncompressedSize,
    read: (offset, length) =>
      attempt(path, async () => {
        if (!stream || offset < at) stream = await rewind();
        const out = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const within = offset + done - at;
          if (within < have.length) {
            const part = have.subarray(within, within + length - done);
            out.set(part, done);
            done += part.length;
            continue;
          }
          const { value, done: ended } = await stream.next();
          at += have.length;
          have = new Uint8Array();
          if (ended) return out.subarray(0, done);
          have = value;
          sum = crc32(have, sum);
          // The last bytes say whether all of them are right.
          if (at + have.length === entry.uncompressedSize && sum !== entry.crc32)
            throw new SamplesError("bad-file", { path, why: "its contents don't match its checksum" });
        }
        return out;
      }),
  };
}

async function attempt<T>(path: string, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof SamplesError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const isMissing = code === "ENOENT" || code === "EACCES" || code === "EISDIR";
    throw new SamplesError(
      isMissing ? "unreadable" : "bad-file",
      { path, why: isMissing ? reasonOf(error) : `it is no archive that can be read (${reasonOf(error)})` },
      { cause: error },
    );
  }
}
