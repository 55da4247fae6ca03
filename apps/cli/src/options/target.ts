import type { Resource, Target } from "@prune/pruner";
import { most } from "@prune/workflow";
import { type Command, InvalidArgumentError } from "commander";
import { countTo } from "../options.js";

/** What `--target` says. */
export interface TargetOptions {
  readonly target?: Target;
  readonly latencyTable?: string;
  readonly threads?: number;
}

const names: Readonly<Record<string, Resource>> = {
  macs: "macs",
  parameters: "parameters",
  params: "parameters",
  bytes: "bytes",
  gzip: "gzip",
  latency: "latency",
};

export function addTarget(command: Command): Command {
  return command
    .option(
      "-t, --target <what=amount>",
      "what may be left, in place of a ratio: macs=0.5, parameters=60%, bytes=8MB, gzip=8MB, latency=15ms",
      target,
    )
    .option(
      "--latency-table <file>",
      "what operators take at each width, for the target: read where there is one, else measured and written",
    )
    .option(
      "--threads <n>",
      "threads inside one operator, where models are timed (default: 1)",
      countTo(most.threads),
    );
}

/** "macs=0.5": the amount is checked once the model is known. */
function target(text: string): Target {
  const [, name = "", amount] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
  const resource = names[name.toLowerCase()];
  if (resource === undefined || amount === undefined)
    throw new InvalidArgumentError(`It must be one of ${Object.keys(names).join(", ")}, = and an amount.`);
  return { [resource]: amount } as unknown as Target;
}
