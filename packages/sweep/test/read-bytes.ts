import type { ContentStore } from "../src/files/store.js";

/** All bytes of a content. */
export async function readBytes(store: ContentStore, hash: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of (await store.get(hash)) ?? []) parts.push(part);
  return Buffer.concat(parts);
}
