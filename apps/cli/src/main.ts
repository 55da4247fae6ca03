import { runProgram } from "./program.js";
import { terminal } from "./terminal/terminal.js";

/** Milliseconds between lines about progress in a log. */
const progressEvery = 30_000;

/** Runs the command line of this process, and returns how it ends. */
export function main(args: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return runProgram(args, terminal(process.stdout, process.stderr, process.env, progressEvery));
}
