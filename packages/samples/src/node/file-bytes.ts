import { type FileHandle, open, stat } from "node:fs/promises";
import type { Bytes } from "../bytes.js";
import { reasonOf, SamplesError } from "../errors.js";

/** A file, opened for every read: nobody has to close it. */
export async function fileBytes(path: string): Promise<Bytes> {
  await checkIsFile(path);
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

/** Pipes and devices may never end, and opening one may never return: what a path is comes before its contents. */
export async function checkIsFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw new SamplesError("unreadable", { path, why: reasonOf(error) }, { cause: error });
  });
  if (!found.isFile()) throw new SamplesError("unreadable", { path, why: "it is not a file" });
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
