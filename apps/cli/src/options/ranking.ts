import type { Scope } from "@prune/pruner";
import { type Command, InvalidArgumentError } from "commander";
import { shareIn } from "../options.js";

/** Which layers are ranked together. */
export interface RankingOptions {
  readonly global?: boolean;
  readonly isomorphic?: boolean;
  readonly scope?: Readonly<Record<string, Scope>>;
}

export function addRanking(command: Command): Command {
  return command
    .option("--global", "rank the units of all layers together, not each layer's alone")
    .option("--isomorphic", "rank the units of layers together that are built alike")
    .option(
      "--scope <patterns>",
      "rank these layers together: 'conv1,layer1.*', with a ratio of their own 'conv1,layer1.*=0.3'; may be repeated",
      scope,
    );
}

function scope(text: string, previous: Readonly<Record<string, Scope>> = {}): Record<string, Scope> {
  const [, patterns = "", ratio] = /^(.+?)(?:=([^=]*))?$/.exec(text) ?? [];
  const layers = patterns.split(",").map((pattern) => pattern.trim());
  if (layers.some((pattern) => pattern === "")) throw new InvalidArgumentError("It must be name patterns.");
  return { ...previous, [patterns]: { layers, ...(ratio !== undefined && { ratio: shareOf(ratio) }) } };
}

/** "layer4.*=0.7", into a record of what was given before. */
export function layerRatio(
  text: string,
  previous: Readonly<Record<string, number>> = {},
): Record<string, number> {
  const [, pattern, ratio] = /^(.+)=([^=]*)$/.exec(text) ?? [];
  if (pattern === undefined || ratio === undefined)
    throw new InvalidArgumentError("It must be PATTERN=SHARE, such as 'layer4.*=0.7'.");
  return { ...previous, [pattern]: shareOf(ratio) };
}

function shareOf(text: string): number {
  const value = shareIn(text);
  if (!(value >= 0 && value < 1))
    throw new InvalidArgumentError(
      "The share must be a number from 0 up to but not including 1, or a percentage.",
    );
  return value;
}
