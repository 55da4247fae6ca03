import type { Hold } from "@prune/pruner";
import { type Command, InvalidArgumentError, Option } from "commander";

/** What must hold, in place of an amount. */
export interface KeepOptions {
  readonly keep?: Hold;
  readonly keepBy?: (typeof resources)[number];
  readonly curve?: string;
}

const resources = ["macs", "parameters", "bytes"] as const;

export function addKeep(command: Command): Command {
  return command
    .option(
      "--keep <what=amount>",
      "the smallest model that holds this on held-out samples of --data: agreement=0.98 with the original, accuracy=0.9, or accuracy=-0.01, which may be lost; other samples confirm it",
      hold,
    )
    .addOption(
      new Option("--keep-by <resource>", "what is made small (default: macs)").choices([...resources]),
    )
    .option(
      "--curve <file>",
      "write every budget that --keep tried, or how --train went: .json, or a plot as .svg",
    );
}

/** "agreement=0.98", "accuracy=-1%" */
function hold(text: string): Hold {
  const [, name, digits, percent] =
    /^\s*(agreement|accuracy)\s*=\s*(-?[\d.]+(?:e-?\d+)?)\s*(%?)\s*$/.exec(text) ?? [];
  const value = Number(digits) / (percent ? 100 : 1);
  if (name === undefined || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be agreement=0.98, accuracy=0.9 or accuracy=-0.01.");
  return name === "agreement" ? { agreement: value } : { accuracy: value };
}
