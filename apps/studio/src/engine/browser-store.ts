import { memoryStore, type Store } from "@prune/workflow";
import { pictureEntries } from "./pictures.js";
import type { NamedFile } from "./protocol.js";
import { isPicture, isSound } from "./sample-files.js";
import { picturesPath, soundsPath } from "./samples.js";
import { soundEntries } from "./sounds.js";

/** A store over files that were dropped on the page, read by ranges; what is written stays in memory. */
export function browserStore(files: readonly NamedFile[]): Store {
  const dropped = new Map(files.map(({ path, file }) => [path, file]));
  const memory = memoryStore();
  // Only a worker has it; formats that read weights when they need them can't wait for a promise.
  const reader = new FileReaderSync();
  const readNow: NonNullable<Store["readNow"]> = (path, range) => {
    const file = dropped.get(path);
    if (!file) return memory.readNow(path, range);
    const part = range ? file.slice(range.offset, Math.min(file.size, range.offset + range.length)) : file;
    return new Uint8Array(reader.readAsArrayBuffer(part));
  };
  const size: Store["size"] = async (path) => dropped.get(path)?.size ?? memory.size(path);
  return {
    ...memory,
    size,
    read: async (path, range) => readNow(path, range),
    readNow,
    isOutside: true,
    samples: {
      bytes: async (path) => ({
        path,
        size: (await size(path)) ?? 0,
        read: async (offset, length) => readNow(path, { offset, length }),
      }),
      async entries(path, inputs, config) {
        if (path === picturesPath) return pictureEntries(files.filter(isPicture), inputs, config);
        return path === soundsPath ? soundEntries(files.filter(isSound), inputs) : undefined;
      },
    },
  };
}

/** The file that is the model among those that were opened: an .onnx, or a model.json. */
export function modelAmong(files: readonly NamedFile[]): NamedFile {
  const [onnx, ...others] = files.filter(({ path }) => path.toLowerCase().endsWith(".onnx"));
  if (others.length > 0)
    throw new Error(
      `Several models were opened: ${files.map(({ path }) => path).join(", ")}. Open one at a time, with its data files.`,
    );
  const json =
    files.find(({ path }) => /(^|\/)model\.json$/i.test(path)) ??
    files.find(({ path }) => path.toLowerCase().endsWith(".json"));
  const found = onnx ?? json ?? (files.length === 1 ? files[0] : undefined);
  if (found) return found;
  throw new Error("There is no model among these files. Open an .onnx file, or the folder of a model.json.");
}
