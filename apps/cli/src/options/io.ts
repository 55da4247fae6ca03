import type { Command } from "commander";

/** Which inputs and outputs may shrink. */
export interface IoOptions {
  readonly io?: string;
}

export const addIo = (command: Command): Command =>
  command.option(
    "--io <names>",
    "inputs and outputs that may shrink: 'cache' for what a decoder carries from run to run, or names such as 'past_*,present.*'",
  );
