import { type BigIntStats, lstatSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FilesError } from "./errors.js";
import { look } from "./look.js";

/** Where a write to a path goes. */
export interface WriteTarget {
  /** The file itself, behind any links. */
  readonly path: string;
  /** "file": there is none yet, or a regular one that may be replaced. */
  readonly kind: "file" | "folder" | "stream";
  readonly exists: boolean;
  /** The same for every name of an existing file, and for every spelling of the path of one that isn't there yet. */
  readonly identity: string;
}

/**
 * What is behind a path: links are followed.
 * @throws {FilesError} `no-folder` if it is in none, `dead-link` if it is a link that leads nowhere.
 */
export function targetOf(path: string): WriteTarget {
  const stat = look(path);
  if (stat) {
    const kind = stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "stream";
    return {
      path: kind === "stream" ? path : realpathSync(path),
      kind,
      exists: true,
      identity: identityOf(path),
    };
  }
  if (lstatSync(path, { throwIfNoEntry: false })) throw new FilesError("dead-link", { path });
  const folder = dirname(resolve(path));
  if (!look(folder)?.isDirectory()) throw new FilesError("no-folder", { path, folder });
  const real = join(realpathSync(folder), basename(resolve(path)));
  return { path: real, kind: "file", exists: false, identity: identityOf(real) };
}

/**
 * The file that a write to a path makes or replaces.
 * @throws {FilesError} if that would take the place of anything but a regular file.
 */
export function replaceable(path: string): string {
  const target = targetOf(path);
  if (target.kind === "folder") throw new FilesError("not-a-file", { path });
  const stat = look(path);
  if (stat && target.kind === "stream") throw new FilesError("not-regular", { path, kind: kindOf(stat) });
  return target.path;
}

/** The same for every name of a file: links lead to it. */
export function identityOf(path: string): string {
  const stat = look(path);
  if (stat) return `${stat.dev}:${stat.ino}`;
  const whole = resolve(path);
  const folder = look(dirname(whole));
  const name = ignoresCase ? basename(whole).normalize("NFC").toLowerCase() : basename(whole);
  return folder ? `${folder.dev}:${folder.ino}/${name}` : whole;
}

const ignoresCase = process.platform === "darwin" || process.platform === "win32";

/** What is at a path that is no regular file, in a word for messages. */
export function kindOf(stat: BigIntStats): string {
  if (stat.isFIFO()) return "pipe";
  if (stat.isSocket()) return "socket";
  return stat.isDirectory() ? "folder" : "device";
}
