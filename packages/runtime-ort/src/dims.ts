import type { Input } from "./inputs.js";

/** Sizes by symbol, chosen or given. */
export type DimSizes = Readonly<Record<string, number>>;

const batch = 2;
const length = 16;
const side = 64;

/** What a symbol's name says of its size; the first match wins. */
const named: readonly (readonly [RegExp, number])[] = [
  [/past/i, 4],
  [/batch|^(n|b|bs|bsz)$/i, batch],
  [/channel|^c$/i, 3],
  [/height|width|size|image|^(h|w|x|y)$/i, side],
  [/samples|audio|wave/i, 8000],
  [/feature|frame|mel/i, 64],
  [/seq|length|len$|time|token|step|^(t|s|l)$/i, length],
];

/** Chooses a size for every dim of an input: given, then by the symbol's name, then by its place in the shape. */
export function sizesOf(shape: NonNullable<Input["shape"]>, given: DimSizes): number[] {
  return shape.map((dim, place) => {
    if (typeof dim === "number" && dim >= 0) return dim;
    const symbol = typeof dim === "string" ? dim : "";
    return given[symbol] ?? sum(symbol, given) ?? sizeByName(symbol, given) ?? sizeByPlace(shape, place);
  });
}

/** Sizes such as "past_sequence_length + 1" follow from their parts. */
function sum(symbol: string, given: DimSizes): number | undefined {
  const parts = symbol.split("+").map((part) => part.trim());
  if (parts.length < 2 || parts.includes("")) return undefined;
  const sizes = parts.map((part) => (/^\d+$/.test(part) ? Number(part) : sizeByName(part, given)));
  return sizes.every((size) => size !== undefined)
    ? sizes.reduce((total, size) => total + size, 0)
    : undefined;
}

function sizeByName(symbol: string, given: DimSizes): number | undefined {
  return given[symbol] ?? named.find(([pattern]) => pattern.test(symbol))?.[1];
}

function sizeByPlace(shape: NonNullable<Input["shape"]>, place: number): number {
  if (place === 0) return batch;
  const isImage = shape.length === 4;
  const channelsLast = typeof shape[3] === "number" && typeof shape[1] !== "number";
  if (isImage) return place === (channelsLast ? 3 : 1) ? 3 : side;
  return length;
}
