import { type ChildProcess, fork } from "node:child_process";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { residentBytes } from "../cases/run-command.js";
import type { Answer } from "./worker.js";

export interface Limits {
  /** Milliseconds that one command line may take. */
  readonly time: number;
  /** Bytes of memory that the process may have. */
  readonly memory: number;
}

/** How one command line ended: its answer, or what the guard had to stop it for. */
export type Outcome = Answer | { readonly code: "hang" | "memory" | "abort"; readonly message: string };

/** Runs command lines one after the other in a process of its own, which is replaced when it hangs, swells or dies. */
export interface Guard {
  run(args: readonly string[]): Promise<Outcome>;
  close(): void;
}

const worker = fileURLToPath(new URL("./worker.ts", import.meta.url));

export function guard({ time, memory }: Limits): Guard {
  let child: Promise<ChildProcess> | undefined;
  let runs = 0;

  const started = (): Promise<ChildProcess> =>
    new Promise((resolve, reject) => {
      const made = fork(worker, [], { execArgv: ["--import", "tsx"], stdio: "ignore" });
      if (made.pid !== undefined) setPriority(made.pid, 19);
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
      const began = residentBytes(process.pid);
      const outcome = await new Promise<Outcome>((resolve) => {
        let most = began;
        const watch = setInterval(() => {
          most = Math.max(most, residentBytes(process.pid));
          if (most > memory) end({ code: "memory", message: `${Math.round(most / 2 ** 20)} MB` });
        }, 50);
        const clock = setTimeout(() => end({ code: "hang", message: `over ${time} ms` }), time);
        const end = (found: Outcome): void => {
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
      // What earlier runs left behind must not count against a later one.
      if (["hang", "memory", "abort"].includes(outcome.code) || ++runs >= 200) drop(process);
      return outcome;
    },
    close() {
      child?.then(drop, () => {});
    },
  };
}
