import { fstatSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { FilesError } from "@prune/files";
import { existingInside } from "@prune/files/advanced";
import { OnnxError } from "../errors.js";
import type { ExternalReader } from "../model.js";
import { readFully, withFile } from "./open-file.js";

/**
 * Reads ranges of the external data files that lie in or below the folder of the model at `path`. Where links lead is
 * looked at again only when a name means another file than last time: big models are read by thousands of ranges.
 */
export function externalFiles(path: string): ExternalReader {
  const known = new Map<string, Known>();
  const located = (location: string): string => {
    const last = known.get(location);
    if (last && identityOf(last.target) === last.identity) return last.target;
    const target = locateExternal(path, location);
    known.set(location, { target, identity: identityOf(target) });
    return target;
  };
  return (location, offset, length, into) =>
    withFile(located(location), (file) => {
      const stat = fstatSync(file);
      if (!stat.isFile()) throw new OnnxError("bad-location", { location, why: "it is not a file" });
      const wanted = length ?? Math.max(0, stat.size - offset);
      if (offset + wanted > stat.size) {
        throw new OnnxError("external-range", { location, offset, length: wanted, size: stat.size });
      }
      return readFully(file, offset, wanted, into);
    });
}

interface Known {
  readonly target: string;
  readonly identity: string | undefined;
}

function identityOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && `${stat.dev}:${stat.ino}`;
}

/** The file behind a location of the model at `path`; links may not lead out of the model's folder. */
export function locateExternal(path: string, location: string): string {
  try {
    return existingInside(dirname(path), location, dirname(realpathSync.native(path)));
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    const { path: found, why } = error.detail as { path: string; why: string };
    if (error.code === "missing-file") throw new OnnxError("missing-external", { location, path: found });
    throw new OnnxError("bad-location", { location, why });
  }
}
