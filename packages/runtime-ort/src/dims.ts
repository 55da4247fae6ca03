import type { Input } from "./inputs.js";
import { evaluate } from "./size-expression.js";

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
  /** Height and width of what has more channels than an image, as latent images and feature maps do. @default 16 */
  readonly map: number;
  /** @default 3 */
  readonly channels: number;
  /** Audio samples. @default 8000 */
  readonly audio: number;
}

const defaults: DefaultSizes = { batch: 2, length: 16, past: 4, side: 64, map: 16, channels: 3, audio: 8000 };

type Meaning = keyof DefaultSizes | "total";

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
const cache = /past|cache/i;
/** Masks of a decoder's own steps, which those in its cache count among. */
const ownMask = /^(?!.*(encoder|cross|pixel)).*mask/i;
const tokens = /^(decoder_)?(input_ids|inputs_embeds|tokens|ids)$/i;

/** Chooses a size for every dim of all inputs: a symbol has one size wherever it stands. */
export function shapesOf(
  inputs: readonly Input[],
  given: DimSizes = {},
  sizes: Partial<DefaultSizes> = {},
): ReadonlyMap<string, readonly number[] | undefined> {
  const all = { ...defaults, ...sizes };
  const symbols = new Map<string, number>(Object.entries(given));
  const sizeOf = (meaning: Meaning): number => (meaning === "total" ? all.past + all.length : all[meaning]);
  const cached = inputs.some(({ name, shape }) => cache.test(name) && (shape?.length ?? 0) > 2);

  /** What the dim of an input means, by what the symbol is called, what the input is for, and where the dim lies. */
  const meaningOf = (input: Input, place: number): Meaning => {
    const shape = input.shape ?? [];
    const symbol = shape[place];
    const isMap = shape.length === 4 && typeof shape[1] === "number" && shape[1] > 3;
    const found =
      typeof symbol === "string" ? named.find(([pattern]) => pattern.test(symbol))?.[1] : undefined;
    if (found === "side" && isMap && isFloat(input)) return "map";
    if (found) return found;
    if (audio.test(input.name) && place > 0 && place === shape.length - 1) return "audio";
    if (place > 0 && cached && cache.test(input.name) && shape.length > 2)
      return place === shape.length - 2 || typeof shape.at(-1) === "number" ? "past" : "length";
    if (place > 0 && cached && place === shape.length - 1 && isOwnMask(input, inputs)) return "total";
    return byPlace(input, shape, place);
  };

  for (const wanted of [(place: number) => place === 0, () => true])
    for (const input of inputs)
      input.shape?.forEach((dim, place) => {
        if (typeof dim !== "string" || dim === "" || symbols.has(dim) || !wanted(place)) return;
        if (/^[\w.]+$/.test(dim)) symbols.set(dim, sizeOf(meaningOf(input, place)));
      });

  const dimOf = (input: Input, place: number): number => {
    const dim = input.shape?.[place];
    if (typeof dim === "number" && dim >= 0) return dim;
    if (typeof dim !== "string" || dim === "") return sizeOf(meaningOf(input, place));
    const known = symbols.get(dim);
    if (known !== undefined) return known;
    const value = evaluate(dim, (symbol) => {
      const rule = named.find(([pattern]) => pattern.test(symbol));
      return symbols.get(symbol) ?? (rule && sizeOf(rule[1]));
    });
    return value ?? sizeOf(meaningOf(input, place));
  };
  return new Map(
    inputs.map((input) => [input.name, input.shape?.map((_, place) => dimOf(input, place))] as const),
  );
}

const isFloat = ({ type }: Input): boolean => type.startsWith("float") || type === "uint8";

/** A mask whose length is not that of the tokens, which a cache of other steps goes before. */
function isOwnMask({ name, shape }: Input, inputs: readonly Input[]): boolean {
  if (!ownMask.test(name)) return false;
  const length = inputs.find((input) => tokens.test(input.name))?.shape?.[1];
  return length === undefined || shape?.at(-1) !== length;
}

function byPlace(input: Input, shape: NonNullable<Input["shape"]>, place: number): keyof DefaultSizes {
  if (place === 0) return "batch";
  if (shape.length !== 4 || !isFloat(input)) return "length";
  const isChannelsLast = typeof shape[3] === "number" && typeof shape[1] !== "number";
  if (place === (isChannelsLast ? 3 : 1)) return "channels";
  return typeof shape[1] === "number" && shape[1] > 3 ? "map" : "side";
}

/** Sizes of a step that goes on from another run: what is open stays as it was there, but for steps and what is in caches. */
export function stepSizes(
  inputs: readonly Input[],
  before: Readonly<Record<string, { readonly dims: readonly number[] }>>,
  { past, caches }: { readonly past: number | undefined; readonly caches: ReadonlySet<string> },
): { readonly dims: DimSizes; readonly sizes: Partial<DefaultSizes> } {
  const dims = Object.create(null) as Record<string, number>;
  const isSymbol = (dim: number | string | undefined): dim is string =>
    typeof dim === "string" && /^[\w.]+$/.test(dim);
  const each = (use: (symbol: string, input: Input, place: number) => void): void => {
    for (const input of inputs)
      input.shape?.forEach((dim, place) => {
        if (isSymbol(dim)) use(dim, input, place);
      });
  };
  each((symbol, { name }, place) => {
    dims[symbol] = before[name]?.dims[place] as number;
  });
  const batch = Object.values(before)[0]?.dims[0] ?? 1;
  const total = (symbol: string, input: Input, place: number): boolean =>
    /total|full/i.test(symbol) || (place === (input.shape?.length ?? 0) - 1 && isOwnMask(input, inputs));
  if (past === undefined) return { dims, sizes: { batch } };
  const length = inputs.find(({ name }) => tokens.test(name))?.shape?.[1];
  each((symbol, input, place) => {
    if (place === 0) return;
    if (symbol === length) dims[symbol] = 1;
    else if (caches.has(input.name)) {
      if (/past|cache/i.test(symbol)) dims[symbol] = past;
    } else if (total(symbol, input, place)) dims[symbol] = past + 1;
  });
  return { dims, sizes: { batch, length: 1, past } };
}

/** How many steps the cache holds that inputs of these shapes bring along; 0 without a cache. */
export function pastLength(
  shapes: ReadonlyMap<string, readonly number[] | undefined>,
  inputs: readonly Input[],
): number {
  for (const { name, shape } of inputs) {
    const dims = shapes.get(name);
    if (!cache.test(name) || !shape || !dims || shape.length < 3) continue;
    const open = shape.flatMap((dim, i) => (typeof dim !== "number" && i > 0 ? [i] : []));
    const place = open.filter((i) => i < shape.length - 1 || i < 2).at(-1) ?? 0;
    if (place > 0 && !/encoder\.(key|value)$/.test(name)) return dims[place] ?? 0;
  }
  return 0;
}

/** How many steps a model is fed beside its cache. */
export function stepLength(shapes: ReadonlyMap<string, readonly number[] | undefined>): number | undefined {
  for (const [name, dims] of shapes) if (tokens.test(name)) return dims?.[1];
  return undefined;
}
