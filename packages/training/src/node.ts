import { readFile, rename, writeFile } from "node:fs/promises";
import type { CheckpointStore } from "./checkpoint.js";

/** A checkpoint in a file, written aside and moved into place, so that a killed run leaves the last whole one. */
export function checkpointFile(path: string): CheckpointStore {
  return {
    async read() {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
    async write(bytes) {
      const aside = `${path}.${process.pid}.part`;
      await writeFile(aside, bytes);
      await rename(aside, path);
    },
  };
}
