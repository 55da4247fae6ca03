import { WorkflowError } from "../errors.js";
import type { Range, Store } from "./store.js";

/** Files in memory; writing adds to them. */
export interface MemoryStore extends Store {
  readonly files: Map<string, Uint8Array>;
  readonly readNow: NonNullable<Store["readNow"]>;
}

/** A store of files in memory, in Node as in browsers. */
export function memoryStore(given: Readonly<Record<string, Uint8Array>> = {}): MemoryStore {
  const files = new Map(Object.entries(given));
  const readNow = (path: string, range?: Range): Uint8Array => {
    const file = files.get(path);
    if (!file) throw new WorkflowError("unreadable-file", { path, why: "there is no such file" });
    return range ? file.subarray(range.offset, range.offset + range.length) : file;
  };
  return {
    files,
    size: async (path) => files.get(path)?.length,
    read: async (path, range) => readNow(path, range),
    readNow,
    async write(written, inputs = []) {
      const made = written.map(({ path, length, chunks }) => {
        if (inputs.includes(path)) throw new WorkflowError("overwrites-input", { path, input: path });
        const bytes = new Uint8Array(length);
        let at = 0;
        for (const chunk of chunks()) {
          bytes.set(chunk, at);
          at += chunk.length;
        }
        return [path, bytes] as const;
      });
      for (const [path, bytes] of made) files.set(path, bytes);
    },
    resolve: resolveIn,
    async check({ inputs, files: outputs }) {
      outputs.forEach((path, i) => {
        if ([...inputs, ...outputs.slice(0, i)].includes(path))
          throw new WorkflowError("overwrites-input", { path, input: path });
      });
    },
  };
}

/** A reference of a file as a path with forward slashes; what leads out of the file's folder is refused. */
export function resolveIn(file: string, reference: string): string {
  const parts = reference.split("/").filter((part) => part !== "" && part !== ".");
  if (/^[/\\]|^[a-z]:/i.test(reference) || parts.includes(".."))
    throw new WorkflowError("outside-store", { path: reference });
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  return folder + parts.join("/");
}
