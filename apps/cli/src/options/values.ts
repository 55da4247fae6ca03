import type { Target } from "@prune/pruner";
import type { Hold, Resource, Scope } from "@prune/pruner/advanced";
import { faultOfRecover } from "@prune/workflow/advanced";
import { InvalidArgumentError } from "commander";
import { shareIn } from "../options.js";

/** Values that a command line writes in a way of its own. */

const names: Readonly<Record<string, Resource>> = {
  macs: "macs",
  parameters: "parameters",
  params: "parameters",
  bytes: "bytes",
  gzip: "gzip",
  latency: "latency",
};

/** "macs=0.5": the amount is checked once the model is known. */
export function target(text: string): Target {
  const [, name = "", amount] = /^\s*(\w+)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
  const resource = names[name.toLowerCase()];
  if (resource === undefined || amount === undefined)
    throw new InvalidArgumentError(`It must be one of ${Object.keys(names).join(", ")}, = and an amount.`);
  return { [resource]: amount } as unknown as Target;
}

/** "agreement=0.98", "accuracy=-1%" */
export function hold(text: string): Hold {
  const [, name, digits, percent] =
    /^\s*(agreement|accuracy)\s*=\s*(-?[\d.]+(?:e-?\d+)?)\s*(%?)\s*$/.exec(text) ?? [];
  const value = Number(digits) / (percent ? 100 : 1);
  if (name === undefined || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be agreement=0.98, accuracy=0.9 or accuracy=-0.01.");
  return name === "agreement" ? { agreement: value } : { accuracy: value };
}

export function recoverHow(text: string): string {
  const fault = faultOfRecover(text);
  if (fault !== undefined) throw new InvalidArgumentError(fault.endsWith("?") ? fault : `${fault}.`);
  return text;
}

/** "conv1,layer1.*=0.3", into a record of what was given before. */
export function scope(text: string, previous: Readonly<Record<string, Scope>> = {}): Record<string, Scope> {
  const [, patterns = "", ratio] = /^(.+?)(?:=([^=]*))?$/.exec(text) ?? [];
  const layers = patterns.split(",").map((pattern) => pattern.trim());
  if (layers.some((pattern) => pattern === "")) throw new InvalidArgumentError("It must be name patterns.");
  return { ...previous, [patterns]: { layers, ...(ratio !== undefined && { ratio: shareOf(ratio) }) } };
}

/** "layer4.*=0.7", into a record of what was given before. */
export function namedShares(
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
