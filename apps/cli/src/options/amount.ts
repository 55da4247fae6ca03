import { most } from "@prune/workflow";
import type { Command } from "commander";
import { collect, countTo, ratio, share } from "../options.js";
import { layerRatio } from "./ranking.js";

/** How much leaves which layers. */
export interface AmountOptions {
  readonly ratio?: number;
  readonly layerRatio?: Readonly<Record<string, number>>;
  readonly heads?: number;
  readonly headRatio?: Readonly<Record<string, number>>;
  readonly queryHeads?: number;
  readonly headDims?: number;
  readonly ragged?: boolean;
  readonly maxRatio?: number;
  readonly roundTo?: number;
  readonly ignore?: readonly string[];
}

export function addAmount(command: Command): Command {
  return command
    .option("-r, --ratio <share>", "units to remove from each layer, from 0 up to 1 (default: 0.5)", ratio)
    .option("--layer-ratio <pattern=share>", "another ratio for layers by name; may be repeated", layerRatio)
    .option("--heads <share>", "whole heads and groups to remove (default: 0)", ratio)
    .option(
      "--head-ratio <pattern=share>",
      "another share of the heads and groups of layers by name; may be repeated",
      layerRatio,
    )
    .option("--query-heads <share>", "query heads to remove of each key/value head (default: 0)", ratio)
    .option("--head-dims <share>", "dims inside heads to remove (default: the ratio)", ratio)
    .option("--ragged", "heads and groups may lose different positions, as many each")
    .option("--max-ratio <share>", "the most that any layer may lose", share)
    .option("--round-to <n>", "keep multiples of n units", countTo(most.roundTo))
    .option(
      "--ignore <pattern>",
      "keep layers by name, * for anything; may be repeated",
      (text, previous?: string[]) => collect(text, previous ?? []),
    );
}
