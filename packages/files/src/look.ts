import { type BigIntStats, fstatSync, statSync } from "node:fs";

/**
 * What is at a path, links followed, or behind a descriptor; nothing if nothing is there.
 *
 * In bigints, so that it leaves no trace: Node's `realpathSync` looks at the numbers of the file that was looked at last,
 * and while these are a pipe's or a socket's it leaves links as they are. A module that is imported then is known by a
 * link's path and doesn't find what lies beside the real one.
 */
export const look = (file: string | number): BigIntStats | undefined =>
  typeof file === "number"
    ? fstatSync(file, { bigint: true })
    : statSync(file, { throwIfNoEntry: false, bigint: true });

/** After a pipe was looked at by others, as `readFileSync` does: see `look`. */
export const lookAway = (): void => {
  statSync(process.execPath, { throwIfNoEntry: false });
};
