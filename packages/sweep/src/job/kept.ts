import { createWorkflow, type Format, type Store, type Workflow } from "@prune/workflow";
import type { OpenJudge } from "@prune/workflow/advanced";
import { folderStore, nodeFormats } from "@prune/workflow/node";
import { SweepError } from "../errors.js";
import { untimed } from "./untimed.js";

/** What a thread keeps from job to job, as the next one most often reads the same: it makes jobs faster, and changes no result. */
export interface Kept {
  /** Its last model stays open, with its trace. */
  readonly workflow: Workflow;
  /** Samples and labels are opened from now on only where this says so: a name in a job may be that of any file here. */
  confine(mayOpen: (path: string) => boolean): void;
  /** Samples to judge by, with the original's answers; the last that was opened is kept, unless it is large. */
  judge(key: string, open: () => Promise<OpenJudge>): Promise<OpenJudge>;
  /** Bytes after gzip of a tree that is only read. */
  zipped(tree: string, measure: () => Promise<number>): Promise<number>;
}

/** The most that samples may take while no job uses them, in bytes. */
const mostIdle = 128 * 2 ** 20;

export function openKept(): Kept {
  const sizes = new Map<string, Promise<number>>();
  let last: { readonly key: string; readonly judge: OpenJudge } | undefined;
  let mayOpen = (_path: string): boolean => false;
  return {
    workflow: createWorkflow({
      formats: nodeFormats().map((format) => untimed(keepingLast(format))),
      store: confined(folderStore(), (path) => mayOpen(path)),
    }),
    confine(only) {
      mayOpen = only;
    },
    async judge(key, open) {
      if (last?.key === key) return last.judge;
      last = undefined;
      const judge = await open();
      if (judge.bytes <= mostIdle) last = { key, judge };
      return judge;
    },
    zipped(tree, measure) {
      const size = sizes.get(tree) ?? measure();
      sizes.set(tree, size);
      return size;
    },
  };
}

/** The same store, which opens samples only at some paths. */
function confined(store: Store, mayOpen: (path: string) => boolean): Store {
  const { samples } = store;
  const check = (path: string): void => {
    if (!mayOpen(path)) throw new SweepError("bad-name", { name: path, why: "it is no file of the job" });
  };
  return {
    ...store,
    ...(samples && {
      samples: {
        async bytes(path) {
          check(path);
          return samples.bytes(path);
        },
        async entries(path, inputs, config) {
          check(path);
          return samples.entries?.(path, inputs, config);
        },
      },
    }),
  };
}

/** The same format, whose last model stays open. Files of jobs are named by what they hold, and don't change. */
function keepingLast(format: Format): Format {
  let last: { readonly key: string; readonly opened: ReturnType<Format["open"]> } | undefined;
  return {
    ...format,
    open(path, store, job, how) {
      const key = JSON.stringify([path, how?.io, how?.sizes]);
      if (last?.key === key) return last.opened;
      const opened = format.open(path, store, job, how);
      last = { key, opened };
      opened.catch(() => {
        if (last?.opened === opened) last = undefined;
      });
      return opened;
    },
  };
}
