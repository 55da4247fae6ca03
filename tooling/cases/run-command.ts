import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";

export interface Limits {
  /** Milliseconds that the command may take. */
  readonly time: number;
  /** Bytes of memory that it may have. */
  readonly memory: number;
}

/** How a command ended. */
export interface Ended {
  /** The exit code, or what it was stopped for or died of. */
  readonly end: number | "hang" | "memory" | `signal ${string}`;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
  /** The most memory that was seen, in bytes. */
  readonly memory: number;
}

/** Runs a program of Node in a process of its own, within limits. */
export function runCommand(args: readonly string[], { time, memory }: Limits): Promise<Ended> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  if (child.pid !== undefined) setPriority(child.pid, 15);
  const text = { out: "", err: "" };
  for (const [name, stream] of [
    ["out", child.stdout],
    ["err", child.stderr],
  ] as const)
    stream.setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
    });
  let most = 0;
  let stopped: "hang" | "memory" | undefined;
  const stop = (why: "hang" | "memory"): void => {
    stopped = why;
    child.kill("SIGKILL");
  };
  const clock = setTimeout(() => stop("hang"), time);
  const watch = setInterval(() => {
    most = Math.max(most, residentBytes(child.pid));
    if (most > memory) stop("memory");
  }, 20);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(clock);
      clearInterval(watch);
      resolve({
        end: stopped ?? code ?? `signal ${signal}`,
        ...text,
        seconds: (performance.now() - started) / 1000,
        memory: most,
      });
    });
  });
}

/** Memory that a process has now, where the system says so. */
export function residentBytes(pid: number | undefined): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4096;
  } catch {
    return 0;
  }
}
