import { type FileHandle, open } from "node:fs/promises";
import { reasonOf, SamplesError } from "./errors.js";

/** Bytes that are read in parts, best from the front to the end. */
export interface Bytes {
  readonly path: string;
  readonly size: number;
  /** Some bytes; fewer come back only at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A file, opened for every read: nobody has to close it. */
export async function fileBytes(path: string): Promise<Bytes> {
  return withFile(path, async (file) => ({
    path,
    size: (await file.stat()).size,
    read: (offset, length) =>
      withFile(path, async (again) => {
        const data = new Uint8Array(length);
        let done = 0;
        while (done < length) {
          const { bytesRead } = await again.read(data, done, length - done, offset + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return data.subarray(0, done);
      }),
  }));
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    return await use(file);
  } catch (error) {
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  } finally {
    await file?.close();
  }
}

/** Runs of neighbouring places in ascending order: what one read can fetch. */
export function* runsOf(
  places: ArrayLike<number>,
): Generator<{ readonly first: number; readonly slots: number[] }> {
  const order = Array.from({ length: places.length }, (_, slot) => slot).sort(
    (a, b) => (places[a] as number) - (places[b] as number),
  );
  for (let i = 0; i < order.length; ) {
    const first = places[order[i] as number] as number;
    let end = i + 1;
    while (end < order.length && (places[order[end] as number] as number) === first + end - i) end++;
    yield { first, slots: order.slice(i, end) };
    i = end;
  }
}

/** Samples of `size` bytes from a place of a file on, in the order asked for. */
export async function readRows(
  bytes: Bytes,
  start: number,
  size: number,
  places: ArrayLike<number>,
): Promise<Uint8Array> {
  const out = new Uint8Array(places.length * size);
  for (const { first, slots } of runsOf(places)) {
    const data = await bytes.read(start + first * size, slots.length * size);
    if (data.length < slots.length * size)
      throw new SamplesError("bad-file", { path: bytes.path, why: "it ends early" });
    slots.forEach((slot, i) => {
      out.set(data.subarray(i * size, (i + 1) * size), slot * size);
    });
  }
  return out;
}
