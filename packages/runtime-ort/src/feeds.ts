import type { SizesByName } from "@prune/graph";
import { checkWord, type DefaultSizes, ownEntry } from "@prune/graph/advanced";
import { cacheSizes } from "@prune/onnx/advanced";
import { pastLength, shapesOf, stepLength } from "./dims.js";
import { RuntimeError } from "./error.js";
import { type Filler, fillerOf } from "./fillers.js";
import type { Input } from "./inputs.js";
import { randomStream } from "./random.js";
import { type TokenGraph, tokenLimits } from "./tokens.js";
import { encode, type Values } from "./values.js";

/** How feeds are made up: the seed, sizes of open dims, and what token ids may be. */
export interface FeedOptions {
  /** @default 1 */
  readonly seed?: number;
  /** Sizes of open dims, by symbol, or as "x.2" where there is none; the others are guessed from their names and places. */
  readonly dims?: SizesByName;
  /** Sizes of the dims that are guessed, by what they mean. */
  readonly sizes?: Partial<DefaultSizes>;
  /** Whole shapes, by input. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** How floats are drawn: uniform in [-1, 1), or normal. @default "uniform" */
  readonly floats?: "uniform" | "normal";
  /** Token ids lie in [0, tokens): one limit for all inputs, or one per input. @default 8 */
  readonly tokens?: number | Readonly<Record<string, number>>;
  /** Token ids lie below this whatever else is said. */
  readonly mostTokens?: number;
  /** The model's graph: how many rows tables have, and what its attention operators say of the sizes of caches. */
  readonly graph?: TokenGraph | undefined;
}

const defaultTokens = 8;

/** A gigabyte while they are drawn; no input of images or text comes near. */
const mostNumbers = 2 ** 27;

/**
 * Inputs that a model can run on, the same for the same seed: floats drawn at random, token ids small, masks all
 * true, positions counting up from what a cache holds. What an integer input means is guessed from its name.
 */
export function randomFeeds(
  inputs: readonly Input[],
  {
    seed = 1,
    graph,
    dims = {},
    sizes = {},
    shapes = {},
    floats = "uniform",
    tokens = graph ? tokenLimits(graph) : defaultTokens,
    mostTokens = Infinity,
  }: FeedOptions = {},
): Record<string, Values> {
  checkWord("randomFeeds", "floats", floats, ["uniform", "normal"]);
  const feeds = Object.create(null) as Record<string, Values>;
  const chosen = new Map(shapesOf(inputs, { ...(graph && cacheSizes(graph)), ...dims }, sizes));
  for (const [name, shape] of Object.entries(shapes)) chosen.set(name, shape);
  const about = {
    floats,
    seed,
    past: pastLength(chosen, inputs),
    isBuffer: graph?.nodes.some((node) => holds(node)) ?? false,
    length: stepLength(chosen) ?? sizes.length ?? 16,
    side: sizes.side ?? 64,
  };
  let total = 0;
  for (const input of inputs) {
    const shape = chosen.get(input.name);
    if (!shape)
      throw new RuntimeError("input-shape", { input: input.name, reason: "the model doesn't tell its rank" });
    total += shape.reduce((a, b) => a * b, 1);
    if (!(total <= mostNumbers))
      throw new RuntimeError("input-shape", {
        input: input.name,
        reason: `inputs of [${shape}] hold ${total} numbers in all, and ${mostNumbers} are the most that are made up`,
      });
    const known = typeof tokens === "number" ? undefined : ownEntry(tokens, input.name);
    const limit = Math.min(mostTokens, typeof tokens === "number" ? tokens : (known ?? defaultTokens));
    const isLimited = known !== undefined || limit === mostTokens;
    const numbers = fillerOf(input)(shape, randomStream(seed, input.name), {
      ...about,
      tokens: limit,
      isLimited,
    });
    feeds[input.name] = encodeInput(input, shape, numbers);
  }
  return feeds;
}

/** Whether a node writes keys and values into a buffer that has room for them. */
function holds({ attributes }: TokenGraph["nodes"][number]): boolean {
  const shared = attributes?.get("past_present_share_buffer");
  return shared?.kind === "int" && shared.value === 1;
}

function encodeInput(input: Input, shape: readonly number[], numbers: ReturnType<Filler>): Values {
  const values = input.type === "other" ? undefined : encode(input.type, shape, numbers);
  if (!values) throw new RuntimeError("input-type", { input: input.name, type: input.type });
  return values;
}
