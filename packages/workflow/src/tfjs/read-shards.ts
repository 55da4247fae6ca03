import { TfjsError } from "@prune/tfjs";
import { concatBytes } from "@prune/tfjs/advanced";
import type { Store } from "../store/store.js";

/** Bytes of a weights file that are read at a time. */
const atOnce = 1 << 24;

/** What the weights files of a model hold, one after the other, and the length of each, in bytes. */
export interface Shards {
  readonly data: Uint8Array;
  readonly lengths: readonly number[];
}

/**
 * Reads weights files into one buffer, in ranges: beside the weights themselves no more than one range is ever held.
 * @throws {TfjsError} `missing-shard` for what can't be read.
 */
export async function readShards(paths: readonly string[], store: Store): Promise<Shards> {
  const sizes = await Promise.all(paths.map((path) => store.size(path)));
  // A single file becomes the buffer as it is; of what has no size only reading tells why.
  if (sizes.length < 2 || !sizes.every((size) => size !== undefined)) return readWhole(paths, store);
  const data = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [i, path] of paths.entries()) {
    const size = sizes[i] as number;
    for (let offset = 0; offset < size; ) {
      const length = Math.min(atOnce, size - offset);
      const part = await store.read(path, { offset, length }).catch(missing(path));
      if (part.length !== length)
        throw new TfjsError("missing-shard", { path, why: `it ended before its ${size} bytes were read` });
      data.set(part, at + offset);
      offset += length;
    }
    at += size;
  }
  return { data, lengths: sizes };
}

async function readWhole(paths: readonly string[], store: Store): Promise<Shards> {
  const shards: Uint8Array[] = [];
  for (const path of paths) shards.push(await store.read(path).catch(missing(path)));
  const data = concatBytes(shards.length === 0 ? [new Uint8Array()] : shards);
  return { data, lengths: shards.map(({ length }) => length) };
}

const missing =
  (path: string) =>
  (error: unknown): never => {
    const { detail } = error as { readonly detail?: { readonly why?: string } };
    throw new TfjsError("missing-shard", { path, why: detail?.why ?? (error as Error).message });
  };
