import { ownEntry } from "@prune/graph";
import { type DefaultSizes, type DimSizes, sizesOf } from "./dims.js";
import { RuntimeError } from "./error.js";
import { type Filler, fillerOf } from "./fillers.js";
import type { Input } from "./inputs.js";
import { random } from "./random.js";
import { encode, type Values } from "./values.js";

export interface FeedOptions {
  /** @default 1 */
  readonly seed?: number;
  /** Sizes of symbolic dims, by symbol; the others are guessed from their names and places. */
  readonly dims?: DimSizes;
  /** Sizes of the dims that are guessed, by what they mean. */
  readonly sizes?: Partial<DefaultSizes>;
  /** Whole shapes, by input. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** How floats are drawn: uniform in [-1, 1), or normal. @default "uniform" */
  readonly floats?: "uniform" | "normal";
  /** Token ids lie in [0, tokens): one limit for all inputs, or one per input. @default 8 */
  readonly tokens?: number | Readonly<Record<string, number>>;
}

const defaultTokens = 8;

/**
 * Inputs that a model can run on, the same for the same seed: floats drawn at random, token ids small, masks all
 * true, positions counting up. What an integer input means is guessed from its name.
 */
export function randomFeeds(
  inputs: readonly Input[],
  {
    seed = 1,
    dims = {},
    sizes = {},
    shapes = {},
    floats = "uniform",
    tokens = defaultTokens,
  }: FeedOptions = {},
): Record<string, Values> {
  const feeds = Object.create(null) as Record<string, Values>;
  for (const input of inputs) {
    const shape = ownEntry(shapes, input.name) ?? sizesOf(input, dims, sizes);
    if (!shape)
      throw new RuntimeError("input-shape", { input: input.name, reason: "the model doesn't tell its rank" });
    const limit = typeof tokens === "number" ? tokens : (ownEntry(tokens, input.name) ?? defaultTokens);
    const fill = fillerOf(input);
    const values = encodeInput(
      input,
      shape,
      fill(shape, random(seed, input.name), { floats, tokens: limit }),
    );
    feeds[input.name] = values;
  }
  return feeds;
}

function encodeInput(input: Input, shape: readonly number[], numbers: ReturnType<Filler>): Values {
  const values = input.type === "other" ? undefined : encode(input.type, shape, numbers);
  if (!values) throw new RuntimeError("input-type", { input: input.name, type: input.type });
  return values;
}
