import { statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import { OnnxError } from "../errors.js";
import type { GraphEdit, Model } from "../model.js";
import { flow, joinShort } from "../write/rope.js";
import { splice } from "../write/splice.js";
import { type ExternalFile, externalFile } from "../write/store.js";
import { locateExternal } from "./external-files.js";
import { temporaryFile } from "./temporary-file.js";

/**
 * Writes the edited model to `path`. Tensors that were external go to one new file, `<path>.data`, one at a time. Both
 * files are written under temporary names and renamed when complete, the data first.
 * @throws {OnnxError} if either would take the place of a file of the input model.
 */
export async function saveModel(path: string, model: Model, edit: GraphEdit): Promise<void> {
  const data = externalFile(`${basename(path)}.data`);
  const rope = splice(model, edit, data.store);
  const dataPath = `${path}.data`;
  const files = data.contents.length === 0 ? [path] : [path, dataPath];
  refuse(files, model, data);
  const stored =
    data.contents.length === 0
      ? undefined
      : await temporaryFile(dataPath, (file) => writeAll(file, joinShort(dataOf(data))));
  try {
    const written = await temporaryFile(path, (file) => writeAll(file, joinShort(flow(rope))));
    try {
      await stored?.publish();
      await written.publish();
    } catch (error) {
      await written.discard();
      throw error;
    }
  } catch (error) {
    await stored?.discard();
    throw error;
  }
}

function refuse(outputs: readonly string[], { file }: Model, { replaced }: ExternalFile): void {
  const sources =
    file === undefined ? [] : [file, ...[...replaced].map((location) => locateExternal(file, location))];
  const inputs = new Set(sources.map(identity));
  for (const path of outputs) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) throw new OnnxError("unwritable-file", { path, why: "it is a folder" });
    if (stat && inputs.has(identity(path))) throw new OnnxError("overwrites-input", { path });
  }
}

/** The same for every name of a file: links lead to it. */
function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}:${stat.ino}`;
}

/** The tensors in order, with zeros between them up to each one's offset. */
function* dataOf({ contents }: ExternalFile): Generator<Uint8Array> {
  let at = 0;
  for (const { offset, tensor } of contents) {
    if (offset > at) yield new Uint8Array(offset - at);
    yield* tensor.pieces();
    at = offset + tensor.length;
  }
}

async function writeAll(file: FileHandle, chunks: Iterable<Uint8Array>): Promise<void> {
  let at = 0;
  for (const chunk of chunks) {
    await writeAt(file, chunk, at);
    at += chunk.length;
  }
}

const most = 1 << 30;

/** One write call of the system may take less than it is given. */
async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(most, bytes.length - done);
    done += (await file.write(bytes, done, length, position + done)).bytesWritten;
  }
}
