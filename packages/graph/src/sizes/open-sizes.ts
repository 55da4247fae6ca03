import { GraphError } from "../errors.js";
import { nearest } from "../nearest.js";
import { chooseSizes, openName, type SizesByName } from "./choose-sizes.js";
import type { DefaultSizes, OpenInput } from "./meaning.js";

/** A size that a model leaves open, and where the one that costs are counted at comes from. */
export interface OpenSize {
  readonly name: string;
  readonly size: number;
  /** `given` by the user, that of the `samples`, or `assumed`, as nothing tells. */
  readonly from: "given" | "samples" | "assumed";
}

/** Sizes that costs are counted at, where a model leaves them open. */
export interface SizeOptions {
  /** Sizes of open dims by name: `{ height: 640 }`; a dim without a name is `x.2`, dim 2 of the input `x`. */
  readonly sizes?: SizesByName;
  /** Those that samples have; `sizes` come first. */
  readonly sampleSizes?: SizesByName;
}

/**
 * What is assumed where nothing tells: one sample, images of 224 x 224, 128 tokens or steps with no cache before them,
 * feature maps of 64 x 64, a second of audio at 16 kHz.
 */
const assumed: DefaultSizes = {
  batch: 1,
  length: 128,
  past: 0,
  side: 224,
  map: 64,
  channels: 3,
  audio: 16000,
};

/** Sizes of all that a model's inputs leave open. */
export interface Sizing {
  sizeOf(name: string): number | undefined;
  /** The same with all but batches twice as large. */
  twiceOf(name: string): number | undefined;
  isBatch(name: string): boolean;
  /** A size with where it comes from. */
  stated(name: string): OpenSize;
  /** Names of what inputs leave open. */
  readonly names: readonly string[];
}

/** Sides of images that are tried where a model doesn't run on those of 224 x 224. */
const otherSides = [256, 32, 28, 64, 96, 112, 128, 160, 192, 299, 320, 384, 416, 448, 512, 640, 768, 1024];

/**
 * Chooses sizes for what inputs leave open: those that are given, that samples have, else usual ones. Of usual sides the
 * first is taken that `fits`: flattened images are as large as a product behind them wants.
 */
export function sizingOf(
  inputs: readonly OpenInput[],
  options: SizeOptions,
  fits: (sizing: Sizing) => boolean,
): Sizing {
  const usual = sizingWith(inputs, options, assumed);
  if (fits(usual)) return usual;
  for (const side of otherSides) {
    const sizing = sizingWith(inputs, options, { ...assumed, side, map: side });
    if (fits(sizing)) return sizing;
  }
  return usual;
}

function sizingWith(
  inputs: readonly OpenInput[],
  { sizes = {}, sampleSizes = {} }: SizeOptions,
  usual: DefaultSizes,
): Sizing {
  for (const [name, size] of Object.entries(sizes))
    if (!(Number.isSafeInteger(size) && size >= 0)) throw new GraphError("bad-size", { name, size });
  const given = { ...sampleSizes, ...sizes };
  const once = chooseSizes(inputs, given, usual);
  const isBatch = (name: string): boolean => once.get(name)?.meaning === "batch";
  const doubled: Record<string, number> = Object.create(null);
  for (const [name, size] of Object.entries(given)) doubled[name] = isBatch(name) ? size : 2 * size;
  for (const [name, { size, isDerived }] of once)
    if (!isDerived) doubled[name] = isBatch(name) ? size : 2 * size;
  const twice = chooseSizes(inputs, doubled, usual);
  const own = new Map(Object.entries(given));
  const ownTwice = new Map(Object.entries(doubled));
  return {
    names: [...once.keys()],
    isBatch,
    sizeOf: (name) => once.get(name)?.size ?? own.get(name),
    twiceOf: (name) => twice.get(name)?.size ?? ownTwice.get(name),
    stated(name) {
      const size = (once.get(name)?.size ?? own.get(name)) as number;
      if (Object.hasOwn(sizes, name)) return { name, size, from: "given" };
      if (Object.hasOwn(sampleSizes, name)) return { name, size, from: "samples" };
      return { name, size, from: once.get(name)?.isGiven ? "given" : "assumed" };
    },
  };
}

/** Refuses sizes of what a model doesn't leave open. */
export function checkSizes(sizes: SizesByName, inputs: readonly OpenInput[], others: Iterable<string>): void {
  const names = new Set<string>(others);
  for (const input of inputs)
    input.shape?.forEach((_, place) => {
      const name = openName(input, place);
      if (name === undefined) return;
      names.add(name);
      for (const part of name.match(/[A-Za-z_][\w.]*/g) ?? []) names.add(part);
    });
  for (const name of Object.keys(sizes))
    if (!names.has(name))
      throw new GraphError("unknown-size", { name, open: [...names], meant: nearest(name, names) });
}
