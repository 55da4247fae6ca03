import { WorkflowError } from "../errors.js";
import { bytesOf } from "../made.js";
import { plain } from "./plain.js";
import type { Range, Store } from "./store.js";

/** Files in memory; writing adds to them. */
export interface MemoryStore extends Store {
  readonly files: Map<string, Uint8Array>;
  readonly readNow: NonNullable<Store["readNow"]>;
}

/** A store of files in memory, in Node as in browsers. */
export function memoryStore(given: Readonly<Record<string, Uint8Array>> = {}): MemoryStore {
  const files = new Map(Object.entries(given).map(([path, bytes]) => [path, plain(bytes)]));
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
    async write({ model, files: others }, inputs = []) {
      const written = [...(model ? [...model.weights, model.model] : []), ...others];
      const made = written.map((file) => {
        const { path } = file;
        if (inputs.includes(path)) throw new WorkflowError("overwrites-input", { path, input: path });
        return [path, bytesOf(file)] as const;
      });
      for (const [path, bytes] of made) files.set(path, bytes);
    },
    resolve: resolveIn,
    check(inputs, outputs) {
      outputs.forEach(({ path }, i) => {
        const before = outputs.slice(0, i).map((output) => output.path);
        if ([...inputs, ...before].includes(path))
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
