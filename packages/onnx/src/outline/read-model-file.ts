import { inFile, OnnxError } from "../errors.js";
import { type ReadOptions, readFlat } from "../inline/inline-model.js";
import type { Model } from "../model.js";
import { noModel, sizeLimit } from "../read/read-model.js";
import type { ModelFile } from "./model-file.js";
import { type Outline, outlineOf } from "./outline.js";

/** How a file is read whose large values are left on disk until they are asked for. */
export interface ReadFileOptions extends ReadOptions {
  /** Values of fewer bytes are read with the rest. @default 16384 */
  readonly least?: number;
}

/**
 * Reads an ONNX model by ranges of its file: the values of big tensors only when they are asked for, again each time. The
 * file has to stay as it is. What is written of the model is, byte for byte, what is written of one that was read whole.
 * @throws {OnnxError} unless the file is a sound model.
 */
export function readModelFile(file: ModelFile, { least, ...options }: ReadFileOptions = {}): Model {
  const { bytes, outlined } = inFile(options.file, () => outlineChecked(plainly(file), least));
  return readFlat(bytes, { ...options, ...(outlined && { outlined }) });
}

/** A Buffer's own ways would leak into the result. */
const plainly = ({ size, read }: ModelFile): ModelFile => ({
  size,
  read(offset, length) {
    const { buffer, byteOffset, byteLength } = read(offset, length);
    return new Uint8Array(buffer, byteOffset, byteLength);
  },
});

/** As much of a file as tells other kinds of files. */
const headBytes = 4096;

function outlineChecked(file: ModelFile, least: number | undefined): Outline {
  if (file.size > sizeLimit) throw new OnnxError("too-big", { bytes: file.size });
  try {
    return outlineOf(file, least);
  } catch (error) {
    if (!OnnxError.is(error)) throw error;
    throw noModel(file.read(0, Math.min(file.size, headBytes)), error);
  }
}
