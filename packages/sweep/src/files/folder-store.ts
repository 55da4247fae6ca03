import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ContentStore, checkHash, sizeOfFile, synced } from "./store.js";

export interface FolderStoreOptions {
  /** Other sweeps use it too. @default true */
  readonly isShared?: boolean;
}

/** Contents in a folder: `files/01/23...`, outcomes in `outcomes`. On a shared disk, for several machines. */
export function folderStore(folder: string, { isShared = true }: FolderStoreOptions = {}): ContentStore {
  const at = (kind: "files" | "outcomes", hash: string): string => {
    checkHash(hash);
    return join(folder, kind, hash.slice(0, 2), hash.slice(2));
  };
  const outcome = async (job: string): Promise<string | undefined> =>
    readFile(at("outcomes", job), "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  return {
    name: folder,
    isShared,
    has: async (hash) => (await sizeOfFile(at("files", hash))) !== undefined,
    async get(hash) {
      const path = at("files", hash);
      return (await sizeOfFile(path)) === undefined ? undefined : createReadStream(path);
    },
    put: (hash, from) =>
      placed(at("files", hash), (path) =>
        from instanceof Uint8Array ? writeFile(path, from, { flag: "wx" }) : copyFile(from.path, path),
      ),
    remove: (hash) => rm(at("files", hash), { force: true }),
    outcome,
    async noteOutcome(job, json) {
      await placed(at("outcomes", job), (path) => writeFile(path, json, { flag: "wx" }));
      return (await outcome(job)) ?? json;
    },
    close: async () => {},
  };
}

/** A file that has its name once it is complete; one that has it already stays. */
async function placed(path: string, fill: (path: string) => Promise<void>): Promise<void> {
  if ((await sizeOfFile(path)) !== undefined) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await fill(temporary);
    await synced(temporary);
    // Where a file system has no links, the last of several that come at once stays: they hold the same.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") throw error;
      return rename(temporary, path);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}
