import type { GraphEdit, Model } from "../model.js";
import { flow, joinShort, lengthOf } from "./rope.js";
import { splice } from "./splice.js";
import { type ExternalFile, externalFile } from "./store.js";

/** A file to write: how long it is, and its bytes piece by piece, each good until the next is asked for. */
export interface OnnxFile {
  readonly path: string;
  readonly length: number;
  chunks(): Iterable<Uint8Array>;
}

/** An edited model as files. */
export interface OnnxFiles {
  /** The external data first, if there is any, then the model: in the order that they should appear. */
  readonly files: readonly OnnxFile[];
  /** Locations of the external files of the source, which the new ones replace. */
  readonly replaced: ReadonlySet<string>;
}

/** The edited model as it is written to `path`: tensors that were external go to one new file, `<path>.data`. */
export function filesOf(path: string, model: Model, edit: GraphEdit): OnnxFiles {
  const dataPath = `${path}.data`;
  const data = externalFile(
    dataPath.slice(Math.max(dataPath.lastIndexOf("/"), dataPath.lastIndexOf("\\")) + 1),
  );
  const rope = splice(model, edit, data.store);
  const last = data.contents.at(-1);
  const whole: OnnxFile = { path, length: lengthOf(rope), chunks: () => joinShort(flow(rope)) };
  const beside: readonly OnnxFile[] = last
    ? [{ path: dataPath, length: last.offset + last.tensor.length, chunks: () => joinShort(dataOf(data)) }]
    : [];
  return { files: [...beside, whole], replaced: data.replaced };
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
