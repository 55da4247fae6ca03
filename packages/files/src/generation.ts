import { createHash } from "node:crypto";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { StagedFile } from "./stage-file.js";

/**
 * Gives a file of weights a name that it alone has: the one that is wanted, or where that is taken by other contents,
 * that and a hash of what the file holds. A model that is read while another takes its place thus never meets weights
 * of the other. Returns what was added to the name.
 */
export async function nameByGeneration(file: StagedFile, place: (suffix: string) => string): Promise<string> {
  if (await file.claim(place(""))) return "";
  if (await sameContents(file.temporary, place(""))) {
    await file.discard();
    return "";
  }
  const hash = await sha256Of(file.temporary);
  for (let length = 8; length <= hash.length; length += 8) {
    const suffix = `.${hash.slice(0, length)}`;
    if (await file.claim(place(suffix))) return suffix;
    if (await sameContents(file.temporary, place(suffix))) {
      await file.discard();
      return suffix;
    }
  }
  throw new Error(`no name is left for ${file.path}`);
}

const piece = 1 << 20;

async function sameContents(a: string, b: string): Promise<boolean> {
  const found = await stat(b).catch(() => undefined);
  if (!found?.isFile() || found.size !== (await stat(a)).size) return false;
  const files: FileHandle[] = [];
  try {
    for (const path of [a, b]) files.push(await open(path, "r"));
    const [x, y] = [Buffer.alloc(piece), Buffer.alloc(piece)];
    for (let at = 0; at < found.size; at += piece) {
      const length = Math.min(piece, found.size - at);
      await files[0]?.read(x, 0, length, at);
      await files[1]?.read(y, 0, length, at);
      if (Buffer.compare(x.subarray(0, length), y.subarray(0, length)) !== 0) return false;
    }
    return true;
  } finally {
    for (const file of files) await file.close();
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "r");
  try {
    for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}
