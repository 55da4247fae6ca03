import { createHash, randomBytes } from "node:crypto";
import { lstatSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** Bytes of a file's own name inside its temporary one: file systems allow 255 in all. */
const longest = 120;
const day = 24 * 60 * 60 * 1000;

/**
 * A name that no other run has: process numbers repeat, as each container counts from 1. It says whose it is, so that
 * a later run can tell what a killed one left behind.
 */
export const temporaryName = (prefix: string): string =>
  `${prefix}${owner()}-${process.pid}-${randomBytes(6).toString("hex")}.tmp`;

/** The beginning of all temporary names of a file. */
export const prefixOf = (name: string): string =>
  `.${Buffer.from(name).subarray(0, longest).toString("utf8").replaceAll("\ufffd", "")}.prune-`;

/** Removes what runs that were killed left in a folder under temporary names; others may be writing still. */
export function removeLeftovers(folder: string, prefix: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const [, whose, pid] = name.startsWith(prefix) ? (form.exec(name.slice(prefix.length)) ?? []) : [];
    if (whose === undefined || pid === undefined) continue;
    const path = join(folder, name);
    try {
      const isDead = whose === owner() ? !isRunning(Number(pid)) : Date.now() - lstatSync(path).mtimeMs > day;
      if (isDead) rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else's, or gone already.
    }
  }
}

const form = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{12}\.tmp$/;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

let known: string | undefined;

/** The same for processes that see each other: those of one machine, or of one container. */
function owner(): string {
  known ??= createHash("sha256").update(`${hostname()} ${processNamespace()}`).digest("hex").slice(0, 8);
  return known;
}

function processNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
