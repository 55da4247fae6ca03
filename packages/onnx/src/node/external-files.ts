import { fstatSync, realpathSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { OnnxError } from "../errors.js";
import { whyUnsafe } from "../external.js";
import type { ExternalReader } from "../model.js";
import { readFully, withFile } from "./open-file.js";

/** Reads ranges of the external data files that lie in or below the folder of the model at `path`. */
export function externalFiles(path: string): ExternalReader {
  return (location, offset, length, into) =>
    withFile(locateExternal(path, location), (file) => {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new OnnxError("bad-location", { location, why: "it is not a file" });
      const wanted = length ?? Math.max(0, stat.size - offset);
      if (offset + wanted > stat.size) {
        throw new OnnxError("external-range", { location, offset, length: wanted, size: stat.size });
      }
      return readFully(file, offset, wanted, into);
    });
}

/** The file behind a location of the model at `path`; links may not lead out of the model's folder. */
export function locateExternal(path: string, location: string): string {
  const why = whyUnsafe(location);
  if (why !== undefined) throw new OnnxError("bad-location", { location, why });
  const target = realPath(join(dirname(path), location), location);
  const homes = [realpathSync.native(dirname(resolve(path))), dirname(realpathSync.native(path))];
  if (homes.some((home) => target.startsWith(home.endsWith(sep) ? home : home + sep))) return target;
  throw new OnnxError("bad-location", { location, why: "a link leads out of the model's folder" });
}

function realPath(path: string, location: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    throw new OnnxError("missing-external", { location, path });
  }
}
