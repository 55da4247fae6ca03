import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { whyOutside } from "@prune/files/path";
import { SweepError } from "../errors.js";
import { canonical, isSha256, sha256 } from "../job/canonical.js";
import type { TreeRef } from "../job/job.js";
import { type ContentStore, fetchStored, hashOfFile, sizeOfFile } from "./store.js";

/** One file of a list. */
interface Entry {
  /** With forward slashes, from the folder of all. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Files that belong together, as they lie on this machine. */
export interface LocalTree {
  readonly ref: TreeRef;
  /** The list of them, which the tree is named by the sha256 of. */
  readonly list: string;
  readonly root: string;
  readonly files: readonly (Entry & { readonly modified: number })[];
}

/** A tree as it lies on this machine. */
export interface PlacedTree {
  readonly root: string;
  /** Names of its files. */
  readonly files: readonly string[];
}

/** The most files of one input. */
const mostFiles = 100_000;

/** The files at a path: itself, or all of a folder. */
export async function treeAt(path: string): Promise<LocalTree> {
  const found = await stat(path).catch((error: Error) => {
    throw new SweepError("store-failed", { where: path, why: error.message });
  });
  if (!found.isDirectory()) return treeOf(path, [path]);
  const names = await filesIn(path, path);
  return treeOf(path, names, "");
}

/** Some files, of which the first is the one that is named. */
export async function treeOf(
  main: string,
  paths: readonly string[],
  name: string = basename(main),
  root: string = name === "" ? main : dirname(main),
): Promise<LocalTree> {
  const files = [];
  for (const path of [...paths].sort()) {
    const { size, mtimeMs } = await stat(path);
    files.push({
      path: relative(root, path).replaceAll("\\", "/"),
      sha256: await hashOfFile(path),
      bytes: size,
      modified: mtimeMs,
    });
  }
  for (const { path } of files) checkName(path);
  const list = canonical({ format: "prune-files/1", files: files.map(({ modified: _, ...entry }) => entry) });
  return { ref: { tree: sha256(list), main: name.replaceAll("\\", "/") }, list, root, files };
}

async function filesIn(folder: string, root: string, depth = 0): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < 32) found.push(...(await filesIn(path, root, depth + 1)));
    else if (entry.isFile() || (entry.isSymbolicLink() && (await stat(path)).isFile())) found.push(path);
    if (found.length > mostFiles)
      throw new SweepError("too-large", {
        what: `the number of files in ${root}`,
        size: found.length,
        most: mostFiles,
      });
  }
  return found;
}

/** The same for a task. */
export const placedTree = ({ root, files }: LocalTree): PlacedTree => ({
  root,
  files: files.map(({ path }) => path),
});

/** Refuses files that are not what they were when they were hashed. */
export async function checkUnchanged({ root, files }: LocalTree): Promise<void> {
  for (const { path, bytes, modified } of files) {
    const found = await stat(join(root, path)).catch(() => undefined);
    if (found?.size !== bytes || found.mtimeMs !== modified)
      throw new SweepError("input-changed", { path: join(root, path) });
  }
}

/** Stores all files of a tree that are not there yet, and the list of them last. */
export async function storeTree(store: ContentStore, { ref, list, root, files }: LocalTree): Promise<void> {
  for (const { path, sha256: hash } of files)
    if (!(await store.has(hash))) await store.put(hash, { path: join(root, path) });
  if (!(await store.has(ref.tree))) await store.put(ref.tree, new TextEncoder().encode(list));
}

/**
 * The folder of a tree out of a store: a cache in `folder`, which holds a tree as a whole or not at all, and is fetched
 * again where its files are not what they were. Names that lead out of it are refused, and contents that are not what
 * their hash says.
 */
export async function fetchTree(store: ContentStore, tree: string, folder: string): Promise<PlacedTree> {
  if (!isSha256(tree))
    throw new SweepError("bad-name", { name: String(tree), why: "trees are named by their sha256" });
  const home = join(folder, "trees", tree);
  const known = join(folder, "lists", tree);
  if ((await sizeOfFile(known)) === undefined) await fetchStored(store, tree, known, "A list of files");
  const list = await readFile(known);
  if (sha256(list) !== tree)
    throw new SweepError("wrong-hash", { what: known, wanted: tree, found: sha256(list) });
  const entries = entriesOf(list);
  const placed = { root: home, files: entries.map(({ path }) => path) };
  if (await stat(home).catch(() => undefined)) {
    if (await isIntact(home, entries)) return placed;
    await rm(home, { recursive: true, force: true });
  }
  await mkdir(dirname(home), { recursive: true });
  const temporary = await mkdtemp(`${home}.${randomBytes(4).toString("hex")}.part`);
  try {
    for (const { path, sha256: hash } of entries)
      await fetchStored(store, hash, join(temporary, path), `"${path}"`);
    // Another process of the machine may have been faster.
    await rename(temporary, home).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return placed;
}

/** Whether files that an earlier process fetched are still what their hashes say. */
async function isIntact(home: string, entries: readonly Entry[]): Promise<boolean> {
  for (const { path, sha256: hash } of entries)
    if ((await hashOfFile(join(home, path)).catch(() => undefined)) !== hash) return false;
  return true;
}

function entriesOf(bytes: Uint8Array): readonly Entry[] {
  const bad = (why: string): SweepError => new SweepError("bad-job", { why: `a list of its files ${why}` });
  let list: { format?: unknown; files?: unknown };
  try {
    list = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw bad("is no JSON");
  }
  if (list?.format !== "prune-files/1" || !Array.isArray(list.files)) throw bad('is no "prune-files/1"');
  if (list.files.length > mostFiles) throw bad(`has ${list.files.length} entries`);
  for (const entry of list.files) {
    if (!isSha256(entry?.sha256)) throw bad("has an entry without a sha256");
    checkName(entry.path);
  }
  const names = new Set(list.files.map(({ path }: Entry) => path));
  if (names.size < list.files.length) throw bad("has a name twice");
  return list.files;
}

/** Refuses a name that leads out of its folder. */
export function checkName(name: unknown): asserts name is string {
  const why = whyOutside(name);
  if (why !== undefined) throw new SweepError("bad-name", { name: String(name), why });
}
