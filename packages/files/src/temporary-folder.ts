import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { unwritable } from "./errors.js";
import { prefixOf, removeLeftovers, temporaryName } from "./leftovers.js";
import { forget, remember } from "./pending.js";

/** A folder for the time of a task. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
  /** Leaves it, or what became of it, where it is. */
  forget(): void;
}

/** Makes a folder among the system's temporary files; it goes when the process ends, however it ends. */
export const temporaryFolder = (): TemporaryFolder => folderIn(tmpdir(), "prune-");

/** Makes a folder beside the one that it is to become. */
export const temporaryFolderFor = (path: string): TemporaryFolder =>
  folderIn(dirname(path), prefixOf(basename(path)));

function folderIn(home: string, prefix: string): TemporaryFolder {
  removeLeftovers(home, prefix);
  const path = join(home, temporaryName(prefix));
  remember(path);
  try {
    mkdirSync(path, { mode: prefix.startsWith(".") ? 0o777 : 0o700 });
  } catch (error) {
    forget(path);
    throw unwritable(path, error);
  }
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true });
      forget(path);
    },
    forget: () => forget(path),
  };
}
