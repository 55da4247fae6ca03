import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SweepError } from "../errors.js";
import { isSha256 } from "../job/canonical.js";

/** Contents by the sha256 of their bytes, and outcomes of jobs by the jobs' names: what machines of a sweep share. */
export interface ContentStore {
  /** Where it is, for messages: never with a password. */
  readonly name: string;
  /** Other sweeps use it too, so that nothing is removed from it. */
  readonly isShared: boolean;
  has(hash: string): Promise<boolean>;
  /** The bytes as they are stored; who reads them checks the hash. Undefined: there are none. */
  get(hash: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Stores bytes, or a file's; what is there already stays. */
  put(hash: string, from: Uint8Array | { readonly path: string }): Promise<void>;
  remove(hash: string): Promise<void>;
  /** What became of a job, as JSON; undefined where it has not ended. */
  outcome(job: string): Promise<string | undefined>;
  /** Notes what became of a job; of several the first stays, and is what this gives. */
  noteOutcome(job: string, json: string): Promise<string>;
  /** Both in one message, where that can be: stores files, and after them notes what became of the job that made them. */
  noteMade?(files: readonly StoredFile[], job: string, json: string): Promise<string>;
  close(): Promise<void>;
}

/** A file on the disk, and the sha256 that it is stored by. */
export interface StoredFile {
  readonly path: string;
  readonly sha256: string;
}

/** Stores what a job made, and then notes what became of it, unless that is known: gives what is. */
export async function noteMade(
  store: ContentStore,
  files: readonly StoredFile[],
  job: string,
  json: string,
): Promise<string> {
  if (store.noteMade) return store.noteMade(files, job, json);
  await Promise.all(files.map((file) => store.put(file.sha256, file)));
  return store.noteOutcome(job, json);
}

/**
 * A name of contents or of a job, which may come from another machine: nothing else becomes part of a path or a key.
 * @throws {SweepError} "bad-name"
 */
export function checkHash(hash: unknown): string {
  if (!isSha256(hash))
    throw new SweepError("bad-name", { name: String(hash), why: "contents are named by their sha256" });
  return hash;
}

/** A file out of a store: it has its name once all of it is there and is what the hash says. */
export async function fetchStored(
  store: ContentStore,
  hash: string,
  path: string,
  what: string,
): Promise<void> {
  const hashing = createHash("sha256");
  const through = new Transform({
    transform(part: Uint8Array, _, done) {
      hashing.update(part);
      done(null, part);
    },
  });
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await pipeline(
      Readable.from(await stored(store, hash, what)),
      through,
      createWriteStream(temporary, { flags: "wx" }),
    );
    const found = hashing.digest("hex");
    if (found !== hash)
      throw new SweepError("wrong-hash", { what: `${what} in ${store.name}`, wanted: hash, found });
    await synced(temporary);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function stored(store: ContentStore, hash: string, what: string): Promise<AsyncIterable<Uint8Array>> {
  const found = await store.get(hash);
  if (!found) throw new SweepError("not-stored", { what: `${what} (sha256 ${hash})`, where: store.name });
  return found;
}

/** Flushes a file to the disk. */
export async function synced(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The sha256 of a file, read in pieces. */
export async function hashOfFile(path: string): Promise<string> {
  const hashing = createHash("sha256");
  await pipeline(createReadStream(path), hashing);
  return hashing.digest("hex");
}

/** Bytes of a file; undefined if there is none. */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}
