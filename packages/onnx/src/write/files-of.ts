import type { GraphEdit, Model } from "../model.js";
import { baseOf, dataNames } from "./data-names.js";
import { flow, joinShort, lengthOf, type Rope } from "./rope.js";
import { splice } from "./splice.js";
import { type ExternalFile, externalFiles } from "./store.js";
import { noEdit } from "./write-model.js";

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
  /** The model again, as it is where some of its other files, by their paths here, are called otherwise. */
  renamed(paths: ReadonlyMap<string, string>): OnnxFile;
}

/**
 * The edited model as it is written to `path`: tensors that were external go to files beside it, which are called after
 * the source's convention: `model.onnx_data` becomes `smaller.onnx_data`. Where it has none they go to `<path>.data`.
 */
export function filesOf(path: string, model: Model, edit: GraphEdit): OnnxFiles {
  const home = path.slice(0, path.length - baseOf(path).length);
  const name = namingOf(path, model);
  const fileOf = (rope: Rope): OnnxFile => ({
    path,
    length: lengthOf(rope),
    chunks: () => joinShort(flow(rope)),
  });
  const external = externalFiles(name);
  const whole = fileOf(splice(model, edit, external.store));
  const beside = [...external.files.values()].map((file): OnnxFile => {
    const last = file.contents.at(-1);
    const length = last ? last.offset + last.tensor.length : 0;
    return { path: home + file.location, length, chunks: () => joinShort(dataOf(file)) };
  });
  return {
    files: [...beside, whole],
    replaced: external.replaced,
    renamed(paths) {
      if ([...paths].every(([path, other]) => path === other)) return whole;
      const locate = (from: string): string => {
        const location = name(from);
        return paths.get(home + location)?.slice(home.length) ?? location;
      };
      return fileOf(splice(model, edit, externalFiles(locate).store));
    },
  };
}

/** What weights files of a model that is to be written to `path` may be called. */
export function dataNamesOf(path: string, model: Model): readonly string[] {
  const name = namingOf(path, model);
  return [...new Set([`${baseOf(path)}.data`, ...[...locationsOf(model)].map(name)])];
}

const locations = new WeakMap<Model, ReadonlySet<string>>();

/** Where a model has its external tensors. */
export function locationsOf(model: Model): ReadonlySet<string> {
  const known = locations.get(model);
  if (known) return known;
  const all = externalFiles(() => "");
  splice(model, noEdit, all.store);
  locations.set(model, all.replaced);
  return all.replaced;
}

const namingOf = (path: string, model: Model): ((from: string) => string) =>
  dataNames(path, { input: model.file, locations: locationsOf(model) });

/** The tensors in order, with zeros between them up to each one's offset. */
function* dataOf({ contents }: ExternalFile): Generator<Uint8Array> {
  let at = 0;
  for (const { offset, tensor } of contents) {
    if (offset > at) yield new Uint8Array(offset - at);
    yield* tensor.pieces();
    at = offset + tensor.length;
  }
}
