import type { DefaultSizes } from "./dims.js";
import { RuntimeError } from "./error.js";
import { type FeedOptions, randomFeeds } from "./feeds.js";
import { type Input, inputsOf } from "./inputs.js";
import { type Outputs, run } from "./run.js";
import type { Session } from "./session.js";
import type { Values } from "./values.js";

/** Sizes to try in turn: models bake in a batch of 1, a least image side, a least length. */
const attempts: readonly Partial<DefaultSizes>[] = [
  {},
  { batch: 1 },
  { side: 224 },
  { batch: 1, side: 224 },
  { length: 512 },
  { batch: 1, length: 512 },
  { batch: 1, side: 32, length: 8 },
];

export interface FindOptions extends FeedOptions {
  readonly inputs?: readonly Input[];
}

/** Random feeds that a session really runs on: where it fails on the guessed sizes of open dims, others are tried. */
export const findFeeds = async (
  session: Session,
  options: FindOptions = {},
): Promise<Record<string, Values>> => (await foundFeeds(session, options)).feeds;

/** The same, with what the model answers to them. */
export async function foundFeeds(
  session: Session,
  { inputs = inputsOf(session), ...options }: FindOptions = {},
): Promise<{ readonly feeds: Record<string, Values>; readonly outputs: Outputs }> {
  let failure: unknown;
  const tried = new Set<string>();
  for (const sizes of attempts) {
    const feeds = randomFeeds(inputs, { ...options, sizes: { ...sizes, ...options.sizes } });
    const shapes = JSON.stringify(Object.values(feeds).map(({ dims }) => dims));
    if (tried.has(shapes)) continue;
    tried.add(shapes);
    try {
      return { feeds, outputs: await run(session, feeds) };
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "run-failed") throw error;
      failure ??= error;
    }
  }
  throw failure;
}
