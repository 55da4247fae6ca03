import type { Trace } from "@prune/graph";
import { PrunerError } from "./errors.js";
import { namesOf, pattern } from "./names.js";
import { type Part, partsOf } from "./parts.js";
import type { Scope } from "./pools.js";
import type { Allocation } from "./sensitivity/allocation.js";

/** How much to remove from which axes. Ratios are shares of units that leave, from 0 up to but not including 1. */
export interface Ratios {
  /** Of the units of every axis. @default 0.5 */
  readonly ratio?: number;
  /** Of whole heads, key/value groups and groups of grouped convolutions. @default 0 */
  readonly heads?: number;
  /** Of the query heads that share a key/value head. @default 0 */
  readonly queryHeads?: number;
  /** Of the dims inside heads and the channels inside groups. @default `ratio` */
  readonly headDims?: number;
  /** By name pattern (`layer4.*`) of a layer's node or tensors; the first that fits wins. */
  readonly layerRatios?: Readonly<Record<string, number>>;
  /** Like `layerRatios`, of the heads and groups of layers: other shares than `heads`. */
  readonly headRatios?: Readonly<Record<string, number>>;
  /** Name patterns of layers and tensors whose outputs all stay. */
  readonly ignore?: readonly string[];
  /** Shares by axis instead of the same `ratio` for all, of channels and of dims inside heads: `allocate` makes them of curves. */
  readonly allocation?: Allocation;
  /** The largest share that any axis may lose. */
  readonly maxRatio?: number;
}

/** The ratio asked of a family, and why if that is 0. */
export interface Asked {
  readonly part: Part;
  readonly ratio: number;
  readonly why?: string;
}

export function askedRatios(
  trace: Trace,
  options: Ratios & { readonly scopes?: Readonly<Record<string, Scope>> },
): Asked[] {
  const { ratio = 0.5, heads = 0, queryHeads = 0, headDims = ratio, maxRatio = 1 } = options;
  const byPart: Record<Part, number> = {
    channels: ratio,
    columns: headDims,
    rows: heads,
    copies: queryHeads,
    numbers: 0,
  };
  const { layerRatios = {}, headRatios = {}, scopes = {} } = options;
  checkRatios({ ratio, heads, queryHeads, headDims });
  checkRatios({ ...prefixed("layerRatios", layerRatios), ...prefixed("headRatios", headRatios) });
  checkRatios(scopeRatios(scopes));
  if (!(maxRatio >= 0 && maxRatio <= 1))
    throw new PrunerError("bad-option", {
      option: "maxRatio",
      value: maxRatio,
      want: "a number from 0 to 1",
    });
  const ownHeads = byPattern(headRatios);
  const own = [
    ...byPattern(layerRatios),
    ...Object.values(scopes).flatMap(({ layers, ratio: value }) =>
      value === undefined ? [] : [{ fits: layers.map(pattern), value }],
    ),
  ];
  const ignored = (options.ignore ?? []).map((text) => ({ fits: pattern(text), text }));
  const parts = partsOf(trace);
  const allocated = options.allocation?.ratios(ratio) ?? [];
  return trace.families.map((family) => {
    const part = parts[family.id] as Part;
    const names = namesOf(trace, family);
    const skipped = ignored.find(({ fits }) => names.some(fits));
    if (skipped) return { part, ratio: 0, why: `ignored by "${skipped.text}"` };
    const rows = part === "rows" || part === "copies";
    const known = part === "rows" ? ownHeads : rows ? [] : own;
    const layer = known.find(({ fits }) => fits.some((fit) => names.some(fit)));
    const even = (rows || part === "numbers" ? undefined : allocated[family.id]) ?? byPart[part];
    const asked = Math.min(layer ? layer.value : even, maxRatio);
    return asked > 0 ? { part, ratio: asked } : { part, ratio: 0, why: notAsked[part] };
  });
}

const byPattern = (ratios: Readonly<Record<string, number>>) =>
  Object.entries(ratios).map(([text, value]) => ({ fits: [pattern(text)], value }));

/** Why a part stays where no ratio is given for it. */
export const notAsked: Readonly<Record<Part, string>> = {
  channels: "the ratio is 0",
  columns: "the ratio for dims inside heads is 0",
  rows: "whole heads and groups leave only when asked (`heads`)",
  copies: "query heads leave only when asked (`queryHeads`)",
  numbers:
    "stored numbers that no layer makes or reads: zero in their place is not the same as none; they leave only when asked by name (`layerRatios`)",
};

const scopeRatios = (scopes: Readonly<Record<string, Scope>>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(scopes).flatMap(([name, { ratio }]) =>
      ratio === undefined ? [] : [[`scopes["${name}"].ratio`, ratio]],
    ),
  );

const prefixed = (option: string, ratios: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(ratios).map(([name, value]) => [`${option}["${name}"]`, value]));

function checkRatios(ratios: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(ratios))
    if (!(typeof value === "number" && value >= 0 && value < 1))
      throw new PrunerError("bad-option", {
        option,
        value,
        want: "a number from 0 (keep all) up to but not including 1",
      });
}
