import type { SizesByName } from "@prune/graph";
import {
  chooseSizes,
  type DefaultSizes,
  isCache,
  isOwnMask,
  isTokens,
  type OpenInput,
  openName,
} from "@prune/graph/advanced";
import type { Input } from "./inputs.js";

/** Sizes of open dims that models run at where nothing else is said: small, and more than one of each. */
const defaults: DefaultSizes = { batch: 2, length: 16, past: 4, side: 64, map: 16, channels: 3, audio: 8000 };

/** Chooses a size for every dim of all inputs: a symbol has one size wherever it stands. */
export function shapesOf(
  inputs: readonly Input[],
  given: SizesByName = {},
  sizes: Partial<DefaultSizes> = {},
): ReadonlyMap<string, readonly number[] | undefined> {
  const open = inputs.map(openInput);
  const chosen = chooseSizes(open, given, { ...defaults, ...sizes });
  return new Map(
    open.map((input) => [
      input.name,
      input.shape?.map((dim, place) => {
        const name = openName(input, place);
        return name === undefined ? (dim as number) : (chosen.get(name)?.size as number);
      }),
    ]),
  );
}

/** An input as sizes are chosen for it. */
const openInput = ({ name, shape, type }: Input): OpenInput => ({
  name,
  shape,
  isFloat: type.startsWith("float") || type === "uint8",
});

/** Sizes of a step that goes on from another run: what is open stays as it was there, but for steps and what is in caches. */
export function stepSizes(
  inputs: readonly Input[],
  before: Readonly<Record<string, { readonly dims: readonly number[] }>>,
  { past, caches }: { readonly past: number | undefined; readonly caches: ReadonlySet<string> },
): { readonly dims: SizesByName; readonly sizes: Partial<DefaultSizes> } {
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
  const length = inputs.find(({ name }) => isTokens(name))?.shape?.[1];
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
    if (!isCache({ name }) || !shape || !dims || shape.length < 3) continue;
    const open = shape.flatMap((dim, i) => (typeof dim !== "number" && i > 0 ? [i] : []));
    const fixed = shape.every((dim, i) => i === 0 || typeof dim === "number") ? shape.length - 2 : 0;
    const place = open.filter((i) => i < shape.length - 1 || i < 2).at(-1) ?? fixed;
    if (place > 0 && !/encoder\.(key|value)$/.test(name)) return dims[place] ?? 0;
  }
  return 0;
}

/** How many steps a model is fed beside its cache. */
export function stepLength(shapes: ReadonlyMap<string, readonly number[] | undefined>): number | undefined {
  for (const [name, dims] of shapes) if (isTokens(name)) return dims?.[1];
  return undefined;
}
