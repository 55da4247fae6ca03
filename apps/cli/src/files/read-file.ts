import { readFileSync } from "node:fs";
import { reasonOf } from "@prune/files";
import { CliError } from "../errors.js";

/** What standard input and output are called. */
export const standard = "-";

export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === standard ? 0 : path);
  } catch (error) {
    throw new CliError("unreadable-file", { path, why: reasonOf(error) });
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
