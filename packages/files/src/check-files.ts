import { readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { FilesError } from "./errors.js";
import { look } from "./look.js";
import { identityOf, targetOf } from "./target.js";

/** A path that is to be written. */
export interface OutputPath {
  readonly path: string;
  /** A folder of files, which may be there already; else one file. @default "file" */
  readonly kind?: "file" | "folder";
  /** Whether a file of this name, in the same folder or for a folder inside it, belongs to this output too. */
  readonly companion?: (name: string) => boolean;
}

/**
 * Refuses a run whose files get in each other's way: no output may take the place of an input, of another output, or of
 * what belongs to either; by the files themselves, whatever they are called. Inputs may be folders, which stand for all
 * that is in them, and need not exist.
 * @throws {FilesError} that says which two.
 */
export function checkFiles(inputs: readonly string[], outputs: readonly OutputPath[]): void {
  const placed = outputs.map(placeOf);
  const read = placed.some(({ overwrites }) => overwrites) ? inputFiles(inputs) : new Map<string, string>();
  for (const input of inputs) if (!read.has(identityOf(input))) read.set(identityOf(input), input);
  placed.forEach((place, i) => {
    const input = collision(place, read);
    if (input !== undefined) throw new FilesError("overwrites-input", { path: place.path, input });
    for (const other of placed.slice(0, i))
      if (collide(place, other))
        throw new FilesError("overwrites-input", { path: place.path, input: other.path });
  });
}

interface Place {
  readonly path: string;
  readonly isFolder: boolean;
  readonly identity: string;
  /** Of the folder that holds it and its companions. */
  readonly home: string;
  readonly folder: string;
  readonly name: string;
  /** Whether anything is there that might be an input. */
  readonly overwrites: boolean;
  readonly companion: (name: string) => boolean;
}

function placeOf({ path, kind = "file", companion = () => false }: OutputPath): Place {
  const target = targetOf(path);
  const isFolder = kind === "folder";
  if (!isFolder && target.kind === "folder") throw new FilesError("not-a-file", { path });
  if (isFolder && target.exists && target.kind !== "folder")
    throw new FilesError("not-regular", { path, kind: "file, not a folder" });
  const home = isFolder ? target.path : dirname(target.path);
  return {
    path,
    isFolder,
    identity: target.identity,
    home: isFolder ? target.identity : identityOf(home),
    folder: home,
    name: basename(target.path),
    overwrites: target.exists || (isFolder ? false : hasCompanions(home, companion)),
    companion,
  };
}

const hasCompanions = (folder: string, companion: (name: string) => boolean): boolean =>
  readdirSync(folder).some(companion);

/** An input that a write would reach. */
function collision(place: Place, inputs: ReadonlyMap<string, string>): string | undefined {
  const direct = inputs.get(place.identity);
  if (direct !== undefined) return direct;
  for (const input of inputs.values()) {
    const name = nameWithin(place, input);
    if (name !== undefined && place.companion(name)) return input;
  }
  return undefined;
}

/** The name of a file relative to the folder of an output, if it lies there. */
function nameWithin({ folder, isFolder }: Place, path: string): string | undefined {
  const whole = realOf(path);
  const name = relative(realOf(folder), whole);
  if (name === "" || name.startsWith("..") || resolve(name) === name) return undefined;
  return isFolder || !name.includes(sep) ? name : undefined;
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const whole = resolve(path);
    try {
      return join(realpathSync(dirname(whole)), basename(whole));
    } catch {
      return whole;
    }
  }
}

const collide = (a: Place, b: Place): boolean => a.identity === b.identity || covers(a, b) || covers(b, a);

/** Whether one output's own or companion files may be the other. */
function covers(a: Place, b: Place): boolean {
  const name = nameWithin(a, b.path);
  if (name !== undefined && a.companion(name)) return true;
  return !a.isFolder && !b.isFolder && a.home === b.home && a.companion(b.name);
}

/** Every file that is read, by identity, with folders walked. */
function inputFiles(inputs: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  const add = (path: string): void => {
    const stat = look(path);
    if (!stat) return;
    const identity = identityOf(path);
    if (files.has(identity)) return;
    files.set(identity, path);
    if (stat.isDirectory()) for (const name of readdirSync(path)) add(join(path, name));
  };
  for (const path of inputs) add(path);
  return files;
}
