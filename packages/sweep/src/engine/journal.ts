import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { SweepError } from "../errors.js";
import { sha256 } from "../job/canonical.js";
import type { JobOutcome } from "../job/outcome.js";

/**
 * What ended, on the disk: each line holds an outcome. Once `note` returns, the death of the process takes nothing away;
 * lines that come together are flushed together, so that a power cut takes those of the last moment.
 */
export interface Journal {
  /** By the jobs' names. */
  readonly outcomes: ReadonlyMap<string, JobOutcome>;
  /** Notes what became of a job, once. */
  note(outcome: JobOutcome): void;
  /** Ends when all that was noted is on the disk for good. */
  flushed(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a journal. A line is its checksum and its JSON; a last line that is torn, as a process leaves it that was killed
 * while it wrote, is taken away, for its job was in flight.
 * @throws {SweepError} "damaged-journal" where another line is damaged.
 */
export function openJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, "a+");
  const bytes = readFileSync(path);
  const outcomes = new Map<string, JobOutcome>();
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const outcome = end < 0 ? undefined : outcomeIn(bytes.toString("utf8", start, end));
    if (!outcome) {
      const isLast = end < 0 || end === bytes.length - 1;
      if (isLast) break;
      closeSync(file);
      throw new SweepError("damaged-journal", { path, line });
    }
    // What failed did so for a reason of its moment, and is tried again.
    if (outcome.state !== "failed") outcomes.set(outcome.job, outcome);
    start = end + 1;
  }
  if (start < bytes.length) ftruncateSync(file, start);
  fsyncSync(file);
  syncFolder(dirname(path));
  let isDirty = false;
  let flushing: Promise<void> | undefined;
  let soon: NodeJS.Timeout | undefined;
  const flush = async (): Promise<void> => {
    while (isDirty) {
      isDirty = false;
      await datasync(file);
    }
    flushing = undefined;
  };
  const flushed = async (): Promise<void> => {
    if (isDirty) flushing ??= flush();
    await flushing;
  };
  return {
    outcomes,
    flushed,
    note(outcome) {
      if (outcomes.has(outcome.job)) return;
      const json = JSON.stringify(outcome);
      const text = Buffer.from(`${sumOf(json)} ${json}\n`);
      for (let done = 0; done < text.length; ) done += writeSync(file, text, done);
      isDirty = true;
      // What comes in this time goes to the disk with it; who closes hears of a disk that fails.
      soon ??= setTimeout(() => {
        soon = undefined;
        flushed().catch(() => {});
      }, flushedAfter);
      outcomes.set(outcome.job, outcome);
    },
    async close() {
      clearTimeout(soon);
      try {
        await flushed();
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Milliseconds that an outcome may wait to be flushed: a flush takes as much of the processor as all else about it. */
const flushedAfter = 100;

const datasync = promisify(fdatasync);

const sumOf = (json: string): string => sha256(json).slice(0, 16);

function outcomeIn(line: string): JobOutcome | undefined {
  const [sum, json] = [line.slice(0, 16), line.slice(17)];
  return sumOf(json) === sum && line[16] === " " ? (JSON.parse(json) as JobOutcome) : undefined;
}

/** A file's name is in its folder, which has to be flushed too; some systems can't, and need not. */
function syncFolder(folder: string): void {
  try {
    const file = openSync(folder, "r");
    fsyncSync(file);
    closeSync(file);
  } catch {
    // As on Windows.
  }
}
