import { cachesOf, type Graph } from "@prune/onnx/advanced";
import { stepSizes } from "../dims.js";
import { randomFeeds } from "../feeds.js";
import type { Input } from "../inputs.js";
import { elementCount } from "../numbers.js";
import type { Outputs } from "../run.js";
import { encode, type Values, type ValuesByName } from "../values.js";
import { type LivingOf, leftOf } from "./left.js";

/** What one run is fed. A run that goes on from the one before takes from it what `carried` names. */
export interface Turn {
  readonly feeds: ValuesByName;
  /** Inputs that an output of the runs before gives, by input; undefined for a first run. */
  readonly carried?: ReadonlyMap<string, string> | undefined;
}

/**
 * Runs turn after turn: a model goes on from what it made itself.
 * @param isEnough asked before each input but the first: with true, neither it nor those behind it are run
 */
export async function runTurns(
  turns: readonly Turn[],
  run: (feeds: ValuesByName) => Promise<Outputs>,
  isEnough: () => boolean = () => false,
): Promise<Outputs[]> {
  const all: Outputs[] = [];
  let made: ValuesByName = {};
  for (const { feeds, carried } of turns) {
    if (!carried && all.length > 0 && isEnough()) break;
    const outputs = await run(carried ? { ...feeds, ...goneOn(carried, made) } : feeds);
    all.push(outputs);
    made = remembered(carried ? made : {}, outputs);
  }
  return all;
}

/** An output without elements says that what was there before stays: merged decoders do that for what is attended to. */
export const remembered = (before: ValuesByName, outputs: ValuesByName): ValuesByName => ({
  ...before,
  ...Object.fromEntries(Object.entries(outputs).filter(([, { dims }]) => !dims.includes(0))),
});

export function goneOn(carried: ReadonlyMap<string, string>, made: ValuesByName): ValuesByName {
  const found: Record<string, Values> = {};
  for (const [input, output] of carried) if (made[output]) found[input] = made[output];
  return found;
}

/** What a turn takes from the run before it. */
export const carriedFrom = ({ carried }: Turn, { feeds, outputs }: Step): ValuesByName => {
  const found: Record<string, Values> = {};
  for (const [input, output] of carried ?? []) {
    const made = outputs[output];
    found[input] = made && !made.dims.includes(0) ? made : (feeds[input] as Values);
  }
  return found;
};

/** The same turns for a model that lacks what a cut leaves out. */
export const turnsLeft = (turns: readonly Turn[], living: LivingOf): Turn[] =>
  turns.map(({ feeds, carried }) => ({ feeds: leftOf(feeds, living), carried }));

/** A run and what came of it, to go on from. */
export interface Step {
  readonly feeds: ValuesByName;
  readonly outputs: Outputs;
}

/**
 * What the step after a run is fed: one token behind all that its caches hold by now, which the run gives; undefined
 * where the model carries nothing on, or has inputs of other ranks than it says.
 */
export function nextTurn(
  inputs: readonly Input[],
  graph: Graph,
  { feeds: before, outputs }: Step,
  seed: number,
): Turn | undefined {
  const carried = new Map(cachesOf(graph).pairs.map(({ input, output }) => [input, output]));
  if (carried.size === 0 || inputs.some(({ name, shape }) => !shape || !before[name])) return undefined;
  const shapes: Record<string, readonly number[]> = {};
  let past: number | undefined;
  for (const [input, output] of carried) {
    const made = outputs[output];
    const was = before[input];
    if (!was) return undefined;
    const now = made && !made.dims.includes(0) ? made.dims : was.dims;
    shapes[input] = now;
    const grown = now.findIndex((size, i) => size !== was.dims[i]);
    if (grown >= 0 && !/\bencoder\b/.test(input)) past ??= now[grown];
  }
  const sizes = stepSizes(inputs, before, { past, caches: new Set(carried.keys()) });
  const feeds = randomFeeds(inputs, { ...sizes, seed, graph, shapes });
  return { feeds, carried };
}

/** The same feeds with every flag turned: the other branch of a model that has one for steps with a cache, say. */
export function otherBranch(inputs: readonly Input[], feeds: ValuesByName): ValuesByName | undefined {
  const turned: Record<string, Values> = {};
  for (const { name, type } of inputs) {
    const values = feeds[name];
    if (type !== "bool" || !values || elementCount(values) !== 1) continue;
    const flipped = encode("bool", values.dims, [Number((values.data as Uint8Array)[0] !== 1)]);
    if (flipped) turned[name] = flipped;
  }
  return Object.keys(turned).length === 0 ? undefined : { ...feeds, ...turned };
}
