import { readFileSync, statSync } from "node:fs";
import { reasonOf } from "@prune/files";
import { CliError } from "../errors.js";

/** What standard input and output are called. */
export const standard = "-";

export function readBytes(path: string): Uint8Array {
  try {
    if (path === standard) return readFileSync(0);
    // A pipe or a device may never end: what a path is comes before its contents.
    if (statSync(path).isFile()) return readFileSync(path);
  } catch (error) {
    throw new CliError("unreadable-file", { path, why: reasonOf(error) });
  }
  throw new CliError("unreadable-file", { path, why: "it is not a file" });
}

export function readJson(path: string): unknown {
  const text = new TextDecoder().decode(readBytes(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError("unreadable-file", { path, why: `it is not JSON (${(error as Error).message})` });
  }
}
