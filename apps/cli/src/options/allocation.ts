import type { Command } from "commander";

export interface AllocationOptions {
  /** "sensitivity", or a file of curves. */
  readonly allocation?: string;
}

export function addAllocation(command: Command): Command {
  return command.option(
    "--allocation <how>",
    "ratios by layer for the ratio or the target: `sensitivity` measures on --data what each layer can spare; a file is what `prune sensitivity --out` wrote",
  );
}
