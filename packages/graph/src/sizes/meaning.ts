/** What a model says of one input. A dim is a number, a symbol, or undefined (also "" or below 0) when unknown. */
export interface OpenInput {
  readonly name: string;
  /** undefined: unknown rank. */
  readonly shape: readonly (number | string | undefined)[] | undefined;
  /** Its elements are numbers such as those of images, not ids or flags. */
  readonly isFloat: boolean;
}

/** Sizes for the dims that a model leaves open, by what they mean. */
export interface DefaultSizes {
  readonly batch: number;
  /** Tokens, steps. */
  readonly length: number;
  /** Steps already in a cache. */
  readonly past: number;
  /** Height and width. */
  readonly side: number;
  /** Height and width of what has more channels than an image, as latent images and feature maps do. */
  readonly map: number;
  readonly channels: number;
  /** Audio samples. */
  readonly audio: number;
}

/** What an open dim is; `total` counts the steps of a cache and those that are new. */
export type Meaning = keyof DefaultSizes | "total";

/** What a symbol's name says of its size; the first match wins. */
const named: readonly (readonly [RegExp, Meaning])[] = [
  [/total|full/i, "total"],
  [/past/i, "past"],
  [/batch|^(n|b|bs|bsz)$/i, "batch"],
  [/channel|^c$/i, "channels"],
  [/height|width|size|image|^(h|w|x|y)$/i, "side"],
  [/samples|audio|wave/i, "audio"],
  [/feature|frame|mel/i, "side"],
  [/seq|length|len$|time|token|step|^(t|s|l)$/i, "length"],
];

const audio = /wave|audio|speech|input_values/i;
/** Inputs that a cache comes in by. */
export const isCache = ({ name }: Pick<OpenInput, "name">): boolean => /past|cache/i.test(name);
/** Masks of a decoder's own steps, which those in its cache count among. */
const ownMask = /^(?!.*(encoder|cross|pixel)).*mask/i;
const tokens = /^(decoder_)?(input_ids|inputs_embeds|tokens|ids)$/i;

/** Inputs that a decoder's new steps come in by. */
export const isTokens = (name: string): boolean => tokens.test(name);

/** What a symbol means by its name alone. */
export const meaningOfName = (symbol: string): Meaning | undefined =>
  named.find(([pattern]) => pattern.test(symbol))?.[1];

/** What a dim of an input means, by what its symbol is called, what the input is for, and where the dim lies. */
export function meaningOf(input: OpenInput, place: number, inputs: readonly OpenInput[]): Meaning {
  const shape = input.shape ?? [];
  const symbol = shape[place];
  const isMap = shape.length === 4 && typeof shape[1] === "number" && shape[1] > 3;
  const found = typeof symbol === "string" ? meaningOfName(symbol) : undefined;
  if (found === "side" && isMap && input.isFloat) return "map";
  if (found) return found;
  if (audio.test(input.name) && place > 0 && place === shape.length - 1) return "audio";
  const cached = inputs.some((one) => isCache(one) && (one.shape?.length ?? 0) > 2);
  if (place > 0 && cached && isCache(input) && shape.length > 2)
    return place === shape.length - 2 || typeof shape.at(-1) === "number" ? "past" : "length";
  if (place > 0 && cached && place === shape.length - 1 && isOwnMask(input, inputs)) return "total";
  return byPlace(input, shape, place);
}

/** A mask whose length is not that of the tokens, which a cache of other steps goes before. */
export function isOwnMask(
  { name, shape }: Pick<OpenInput, "name" | "shape">,
  inputs: readonly Pick<OpenInput, "name" | "shape">[],
): boolean {
  if (!ownMask.test(name)) return false;
  const length = inputs.find((input) => tokens.test(input.name))?.shape?.[1];
  return length === undefined || shape?.at(-1) !== length;
}

function byPlace(input: OpenInput, shape: NonNullable<OpenInput["shape"]>, place: number): Meaning {
  if (place === 0) return "batch";
  if (shape.length !== 4 || !input.isFloat) return "length";
  const isChannelsLast = isFixed(shape[3]) && !isFixed(shape[1]);
  if (place === (isChannelsLast ? 3 : 1)) return "channels";
  return isFixed(shape[1]) && shape[1] > 3 ? "map" : "side";
}

const isFixed = (dim: number | string | undefined): dim is number => typeof dim === "number" && dim >= 0;
