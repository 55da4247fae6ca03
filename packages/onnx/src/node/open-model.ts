import { fstatSync } from "node:fs";
import { OnnxError } from "../errors.js";
import { type ReadOptions, readModel } from "../inline/inline-model.js";
import type { Model } from "../model.js";
import { sizeLimit } from "../read/read-model.js";
import { externalFiles } from "./external-files.js";
import { readFully, withFile } from "./open-file.js";

/**
 * Reads the ONNX model at `path`; external data files beside it are read range by range, when asked for.
 * @throws {OnnxError} unless the file is a sound model.
 */
export function openModel(path: string, options: Pick<ReadOptions, "inline"> = {}): Model {
  const bytes = withFile(path, (file) => {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new OnnxError("unreadable-file", { path, why: "it is not a file" });
    if (stat.size > sizeLimit) throw new OnnxError("too-big", { bytes: stat.size }, { file: path });
    return readFully(file, 0, stat.size);
  });
  return readModel(bytes, { ...options, external: externalFiles(path), file: path });
}
