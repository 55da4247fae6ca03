import { most } from "@prune/workflow";
import { type Command, Option } from "commander";
import { countTo } from "../options.js";

/** In how many steps, and how much by when. */
export interface StepOptions {
  readonly steps?: number;
  readonly schedule?: "linear" | "cubic" | "one-shot";
}

export function addSteps(command: Command): Command {
  return command
    .option("--steps <n>", "prune in n steps, each scored on what the last one left", countTo(most.steps))
    .addOption(
      new Option("--schedule <name>", "how much is done by when").choices(["linear", "cubic", "one-shot"]),
    );
}
