#!/usr/bin/env node
import { runProgram } from "./program.js";
import { terminal } from "./terminal/terminal.js";

/** Milliseconds between lines about progress in a log. */
const progressEvery = 30_000;

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
process.exitCode = await runProgram(
  process.argv.slice(2),
  terminal(process.stdout, process.stderr, process.env, progressEvery),
);
