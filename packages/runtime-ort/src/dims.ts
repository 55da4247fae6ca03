import { ownEntry } from "@prune/graph";
import type { Input } from "./inputs.js";

/** Sizes by symbol. */
export type DimSizes = Readonly<Record<string, number>>;

/** Sizes for the dims that a model leaves open, by what they mean. */
export interface DefaultSizes {
  /** @default 2 */
  readonly batch: number;
  /** Tokens, steps. @default 16 */
  readonly length: number;
  /** Steps already in a cache. @default 4 */
  readonly past: number;
  /** Height and width. @default 64 */
  readonly side: number;
  /** @default 3 */
  readonly channels: number;
  /** Audio samples. @default 8000 */
  readonly audio: number;
}

const defaults: DefaultSizes = { batch: 2, length: 16, past: 4, side: 64, channels: 3, audio: 8000 };

/** What a symbol's name says of its size; the first match wins. */
const named: readonly (readonly [RegExp, keyof DefaultSizes])[] = [
  [/past/i, "past"],
  [/batch|^(n|b|bs|bsz)$/i, "batch"],
  [/channel|^c$/i, "channels"],
  [/height|width|size|image|^(h|w|x|y)$/i, "side"],
  [/samples|audio|wave/i, "audio"],
  [/feature|frame|mel/i, "side"],
  [/seq|length|len$|time|token|step|^(t|s|l)$/i, "length"],
];

const audio = /wave|audio|speech|input_values/i;

/** Chooses a size for every dim of an input: given, then by the symbol's name, then by its place in the shape. */
export function sizesOf(
  input: Input,
  given: DimSizes,
  sizes: Partial<DefaultSizes> = {},
): number[] | undefined {
  const all = { ...defaults, ...sizes };
  return input.shape?.map((dim, place, shape) => {
    if (typeof dim === "number" && dim >= 0) return dim;
    const symbol = typeof dim === "string" ? dim : "";
    const known = ownEntry(given, symbol);
    if (known !== undefined) return known;
    if (audio.test(input.name) && place > 0 && place === shape.length - 1) return all.audio;
    return sum(symbol, given, all) ?? byName(symbol, given, all) ?? all[byPlace(input, shape, place)];
  });
}

/** Sizes such as "past_sequence_length + 1" follow from their parts. */
function sum(symbol: string, given: DimSizes, sizes: DefaultSizes): number | undefined {
  const parts = symbol.split("+").map((part) => part.trim());
  if (parts.length < 2 || parts.includes("")) return undefined;
  const terms = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : byName(part, given, sizes)));
  return terms.every((term) => term !== undefined)
    ? terms.reduce((total, term) => total + term, 0)
    : undefined;
}

function byName(symbol: string, given: DimSizes, sizes: DefaultSizes): number | undefined {
  const rule = named.find(([pattern]) => pattern.test(symbol));
  return ownEntry(given, symbol) ?? (rule && sizes[rule[1]]);
}

function byPlace({ type }: Input, shape: NonNullable<Input["shape"]>, place: number): keyof DefaultSizes {
  if (place === 0) return "batch";
  const isFloat = type.startsWith("float") || type === "uint8";
  if (shape.length !== 4 || !isFloat) return "length";
  const isChannelsLast = typeof shape[3] === "number" && typeof shape[1] !== "number";
  return place === (isChannelsLast ? 3 : 1) ? "channels" : "side";
}
