import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";

/** In how many steps, and how much by when. */
export interface StepOptions {
  readonly steps?: number;
  readonly schedule?: "linear" | "cubic" | "one-shot";
}

export function addSteps(command: Command): Command {
  return command
    .option("--steps <n>", "prune in n steps, each scored on what the last one left", count)
    .addOption(
      new Option("--schedule <name>", "how much is done by when").choices(["linear", "cubic", "one-shot"]),
    );
}

function count(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return value;
}
