import { randomBytes } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Who has a lock. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When the process began, where the system says so: numbers of processes come again. */
  readonly began?: string | undefined;
  readonly token: string;
}

export interface Lock {
  readonly token: string;
  release(): void;
}

/** Milliseconds after which a lock of another machine that nobody refreshed is taken for one that was left. */
const staleAfter = 60_000;

/** Takes a lock, or says who has it. One that a process left which is no more is taken over. */
export function takeLock(path: string, token: string = randomBytes(8).toString("hex")): Lock | Owner {
  mkdirSync(dirname(path), { recursive: true });
  const own: Owner = { host: hostname(), pid: process.pid, began: beginOf(process.pid), token };
  const mine = `${path}.${process.pid}.${randomBytes(6).toString("hex")}`;
  writeFileSync(mine, JSON.stringify(own), { flag: "wx" });
  try {
    for (let tries = 0; ; tries++) {
      try {
        // A link appears with its contents: nobody reads a lock that is half written.
        linkSync(mine, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = ownerOf(path);
      if (owner && (isAlive(owner, path) || tries > 20)) return owner;
      if (owner) takeAway(path, owner);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // It was removed by hand: nothing is left to refresh.
    }
  }, staleAfter / 6);
  beat.unref();
  return {
    token,
    release() {
      clearInterval(beat);
      dropLock(path, token);
    },
  };
}

export const isLock = (found: Lock | Owner): found is Lock => "release" in found;

/** Waits until a lock is free, and takes it. */
export async function waitForLock(path: string, token: string, signal?: AbortSignal): Promise<Lock> {
  for (;;) {
    const found = takeLock(path, token);
    if (isLock(found)) return found;
    await wait(20 + 30 * Math.random(), undefined, signal && { signal });
  }
}

/** Removes a lock where it is still one's own: also for a thread that ended without. */
export function dropLock(path: string, token: string): void {
  if (ownerOf(path)?.token === token) rmSync(path, { force: true });
}

export const ownerText = ({ host, pid }: Owner): string => `process ${pid} on ${host}`;

function ownerOf(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive({ host, pid, began }: Owner, path: string): boolean {
  if (host !== hostname()) {
    const found = statSync(path, { throwIfNoEntry: false });
    return found !== undefined && Date.now() - found.mtimeMs < staleAfter;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return began === undefined || beginOf(pid) === began;
}

/** Takes away a lock that was left. Of several that do so at once one wins; what it took by mistake it puts back. */
function takeAway(path: string, left: Owner): void {
  const aside = `${path}.${left.pid}.left.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  try {
    if (ownerOf(aside)?.token !== left.token) linkSync(aside, path);
  } catch {
    // Someone has it already.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** When a process began, in ticks since which boot; only where /proc is. */
function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program, in brackets, may hold spaces and brackets.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${ticks}`;
  } catch {
    return undefined;
  }
}
