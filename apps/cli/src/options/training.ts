import type { Command } from "commander";

/** How what is left is trained. */
export interface TrainingOptions {
  /** A duration, or settings with commas between; checked by the workflow. */
  readonly train?: string;
}

export function addTraining(command: Command): Command {
  return command.option(
    "--train <duration>",
    "train what is left, by the original and by --labels, for so long: 90s, 10m, 2h; or settings as in time=10m,augment=flip+crop,rate=0.001 (see `prune train --help`)",
  );
}
