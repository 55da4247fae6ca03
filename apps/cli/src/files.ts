import { readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CliError } from "./errors.js";

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new CliError("unreadable-file", { path, why: reason(error) });
  }
}

export function readJson(path: string): unknown {
  const text = new TextDecoder().decode(readBytes(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError("unreadable-file", { path, why: `it is not JSON (${(error as Error).message})` });
  }
}

/**
 * Bytes of a model's file, with the external data that `saveModel` puts beside it; at least those of its weights, which
 * may lie elsewhere.
 */
export function modelSize(path: string, weights: number): number {
  const [file, data] = [path, `${path}.data`].map(
    (name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0,
  ) as [number, number];
  return data > 0 ? file + data : Math.max(file, weights);
}

/** Refuses outputs that have no folder, are folders, or would take the place of an input or of each other. */
export function checkOutputs(inputs: readonly string[], outputs: readonly string[]): void {
  outputs.forEach((path, i) => {
    const folder = dirname(resolve(path));
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
      throw new CliError("no-folder", { path, folder });
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new CliError("not-a-file", { path });
    const input = [...inputs, ...outputs.slice(0, i)].find((other) => identity(other) === identity(path));
    if (input !== undefined) throw new CliError("overwrites-input", { path, input });
  });
}

/** The same for every name of a file: links lead to it. */
function identity(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev}:${stat.ino}` : resolve(path);
}

/** "no such file or directory" of "ENOENT: no such file or directory, open 'x'". */
const reason = (error: unknown): string =>
  (error as Error).message.replace(/^E[A-Z]+: /, "").replace(/, \w+( '.*')?$/, "");
