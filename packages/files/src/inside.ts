import { realpathSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { FilesError, reasonOf } from "./errors.js";
import { whyOutside } from "./path.js";

/**
 * The file that a model in `folder` names by a path of its own; links may not lead out of the folder, nor of `another`,
 * where the model itself may be a link to.
 * @throws {FilesError} `outside-folder` if it is not in or below the folder, `missing-file` if there is none.
 */
export function existingInside(folder: string, path: string, another: string = folder): string {
  const home = checked(folder, path);
  const target = join(home, path);
  let real: string;
  try {
    real = realpathSync.native(target);
  } catch (error) {
    throw new FilesError("missing-file", { path: target, why: reasonOf(error) });
  }
  if (!isBelow(home, real) && !isBelow(realpathSync.native(resolve(another)), real))
    throw new FilesError("outside-folder", { path, why: "a link leads there" });
  return target;
}

/**
 * The same for a file that is to be written: none has to be there, and no folder but the first.
 * @throws {FilesError} `outside-folder` if it would not come to lie in or below the folder.
 */
export function placeInside(folder: string, path: string): string {
  const home = checked(folder, path);
  const target = join(home, path);
  if (target === home) throw new FilesError("outside-folder", { path, why: "it is the folder itself" });
  for (let at = target; at !== home; at = dirname(at)) {
    let real: string;
    try {
      real = realpathSync.native(at);
    } catch {
      continue;
    }
    if (!isBelow(home, real)) throw new FilesError("outside-folder", { path, why: "a link leads there" });
    break;
  }
  return target;
}

function checked(folder: string, path: string): string {
  const why = whyOutside(path);
  if (why !== undefined) throw new FilesError("outside-folder", { path: String(path), why });
  return realpathSync.native(resolve(folder));
}

const isBelow = (home: string, path: string): boolean =>
  path.startsWith(home.endsWith(sep) ? home : home + sep);
