import type { Hold } from "@prune/pruner";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CliError } from "../errors.js";

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
    .option("--curve <file>", "write every budget that --keep tried: .json, or a plot as .svg");
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

interface Asked {
  readonly ratio: number | undefined;
  readonly target: unknown;
  readonly mask: boolean;
  readonly lossless: boolean;
  readonly tfjs: boolean;
  readonly data: boolean;
}

/** Refuses what contradicts --keep, or needs it. */
export function checkKeep({ keep, keepBy, curve }: KeepOptions, asked: Asked): void {
  const refuse = (option: string, why: string): CliError => new CliError("bad-option", { option, why });
  if (keep === undefined) {
    if (keepBy !== undefined) throw refuse("--keep-by", "it needs --keep");
    if (curve !== undefined) throw refuse("--curve", "it needs --keep");
    return;
  }
  const search = "how much leaves is what --keep searches for";
  if (asked.ratio !== undefined) throw refuse("--keep", `it can't be combined with --ratio: ${search}`);
  if (asked.target !== undefined) throw refuse("--keep", `it can't be combined with --target: ${search}`);
  if (asked.mask) throw refuse("--keep", "it can't be combined with --mask, which makes nothing smaller");
  if (asked.lossless) throw refuse("--keep", "it can't be combined with --lossless");
  if (asked.tfjs) throw refuse("--keep", "it needs an ONNX model");
  if (!asked.data) throw refuse("--keep", "it needs samples to judge by; add --data PATH");
  if (curve !== undefined && !/\.(json|svg)$/i.test(curve))
    throw refuse("--curve", `it must end in .json or .svg, not "${curve}"`);
}
