import type { DefaultSizes } from "@prune/graph/advanced";
import { checkBuffers } from "./buffers.js";
import { isUnrunnable } from "./error.js";
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
  // Attention operators take several steps behind a cache one at a time, or none behind.
  { past: 0 },
  { length: 1 },
  { batch: 1, past: 0 },
  { map: 64 },
];

export interface FindOptions extends FeedOptions {
  readonly inputs?: readonly Input[];
}

/** Random feeds that a session really runs on: where it fails on the guessed sizes of open dims, others are tried. */
export const findFeeds = async (
  session: Session,
  options: FindOptions = {},
): Promise<Record<string, Values>> => (await foundFeeds(session, options)).feeds;

interface Found {
  readonly feeds: Record<string, Values>;
  readonly outputs: Outputs;
}

/** The same, with what the model answers to them. */
export async function foundFeeds(
  session: Session,
  { inputs: given = inputsOf(session), ...options }: FindOptions = {},
): Promise<Found> {
  const inputs = withRanks(given, options.graph);
  const tried = new Set<string>();
  let failure: unknown;
  const attempt = async (more: FeedOptions): Promise<Found | undefined> => {
    for (let mostTokens = options.mostTokens ?? Infinity; ; ) {
      const feeds = randomFeeds(inputs, { ...options, ...more, mostTokens });
      const shapes = `${mostTokens} ${JSON.stringify(Object.values(feeds).map(({ dims }) => dims))}`;
      if (tried.has(shapes)) return undefined;
      tried.add(shapes);
      try {
        if (options.graph) checkBuffers(options.graph, feeds);
        return { feeds, outputs: await run(session, feeds) };
      } catch (error) {
        if (!isUnrunnable(error)) throw error;
        failure ??= error;
        const rows = rowsIn(error.message);
        if (rows === undefined || rows >= mostTokens) return undefined;
        mostTokens = rows;
      }
    }
  };
  for (const sizes of attempts) {
    const found = await attempt({ sizes: { ...sizes, ...options.sizes } });
    if (found) return found;
  }
  for (const symbol of symbolsOf(inputs))
    for (const size of Object.hasOwn(options.dims ?? {}, symbol) ? [] : baked) {
      const found = await attempt({ dims: { ...options.dims, [symbol]: size } });
      if (found) return found;
    }
  throw failure;
}

/** Of an input whose rank the model leaves open a session says that it has no dims: runtimes crash on some that are fed so. */
function withRanks(inputs: readonly Input[], graph: FeedOptions["graph"]): readonly Input[] {
  const open = new Set(graph?.inputs.flatMap(({ name, shape }) => (shape === undefined ? [name] : [])));
  return inputs.map((input) =>
    open.has(input.name) && input.shape?.length === 0 ? { ...input, shape: undefined } : input,
  );
}

/** Sizes that exporters bake in behind a symbol, by the example that they were given. */
const baked: readonly number[] = [1, 2, 3, 4, 5, 8, 10];

const symbolsOf = (inputs: readonly Input[]): ReadonlySet<string> =>
  new Set(
    inputs.flatMap(
      ({ shape }) => (shape ?? []).filter((dim) => typeof dim === "string" && dim !== "") as string[],
    ),
  );

/** How many rows a table has that integers were looked up in, where the runtime says that one lay beyond. */
function rowsIn(message: string): number | undefined {
  const [, last] = /(?:inclusive range|data bounds).*?\[\s*-?\d+\s*,\s*(\d+)\s*\]/.exec(message) ?? [];
  return last === undefined ? undefined : Number(last) + 1;
}
