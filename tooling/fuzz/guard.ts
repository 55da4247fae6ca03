import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { residentBytes } from "../cases/run-command.js";
import type { Answer } from "./worker.js";

export interface Limits {
  /** Milliseconds of processor time that one command line may take: on a busy machine a clock would say little. */
  readonly time: number;
  /** Milliseconds by the clock after which it counts as waiting for what never comes. */
  readonly wait: number;
  /** Bytes of memory that the process may have. */
  readonly memory: number;
}

/** How one command line ended: its answer, or what the guard had to stop it for. */
export type Outcome = Ended & {
  /** Milliseconds of processor time. */
  readonly time: number;
};

type Ended = Answer | { readonly code: "hang" | "memory" | "abort"; readonly message: string };

/** Runs command lines one after the other in a process of its own, which is replaced when it hangs, swells or dies. */
export interface Guard {
  run(args: readonly string[]): Promise<Outcome>;
  close(): void;
}

/** What earlier runs leave behind in a process must not count against later ones. */
const runsPerProcess = 250;

/** @param worker the script that answers: see `bundledWorker` */
export function guard(worker: string, { time, wait, memory }: Limits): Guard {
  let child: Promise<ChildProcess> | undefined;
  let runs = 0;

  const started = (): Promise<ChildProcess> =>
    new Promise((resolve, reject) => {
      const made = fork(worker, [], { stdio: "ignore" });
      made.once("message", () => resolve(made));
      made.once("exit", () => reject(new Error("the worker of the fuzzer can't be started")));
    });
  const drop = (process: ChildProcess): void => {
    child = undefined;
    runs = 0;
    process.removeAllListeners();
    process.kill("SIGKILL");
  };

  return {
    async run(args) {
      child ??= started();
      const process = await child;
      process.removeAllListeners();
      const before = processorTime(process.pid);
      const used = (): number => processorTime(process.pid) - before;
      const ended = await new Promise<Ended>((resolve) => {
        const watch = setInterval(() => {
          const now = residentBytes(process.pid);
          if (now > memory) end({ code: "memory", message: `${Math.round(now / 2 ** 20)} MB` });
          if (used() > time) end({ code: "hang", message: `over ${time} ms` });
        }, 50);
        const clock = setTimeout(() => end({ code: "hang", message: `waits for over ${wait} ms` }), wait);
        const end = (found: Ended): void => {
          clearInterval(watch);
          clearTimeout(clock);
          process.removeAllListeners();
          resolve(found);
        };
        process.once("message", (answer: Answer) => end(answer));
        process.once("exit", (code, signal) =>
          end({ code: "abort", message: `the process ended: ${signal ?? code}` }),
        );
        process.send(args);
      });
      const outcome = { ...ended, time: used() };
      if (["hang", "memory", "abort"].includes(ended.code) || ++runs >= runsPerProcess) drop(process);
      return outcome;
    },
    close() {
      child?.then(drop, () => {});
    },
  };
}

/** Milliseconds of processor time that a process has had, where the system says so. */
function processorTime(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}
