import { compare } from "../compare.js";
import type { DefaultSizes } from "../dims.js";
import { RuntimeError } from "../error.js";
import { randomFeeds } from "../feeds.js";
import { findFeeds } from "../find-feeds.js";
import { inputsOf } from "../inputs.js";
import { type Outputs, run } from "../run.js";
import type { OrtRuntime } from "../runtime.js";
import type { Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import { runAll, type Source, withSession } from "./models.js";

export interface ReferenceOptions {
  /** Inputs to run on; drawn at random when not given. */
  readonly feeds?: readonly ValuesByName[] | undefined;
  /** Random inputs to draw, each with its own seed, and sizes of its own where the model leaves them open. @default 1 */
  readonly seeds?: number;
  /** @default onnxruntime-node */
  readonly runtime?: OrtRuntime | undefined;
}

/** An original's answers, and the way of running it that gives them again. */
export interface Reference {
  readonly feeds: readonly ValuesByName[];
  readonly outputs: readonly Outputs[];
  /** The runtime may rewrite the graph: only where the original needs it to give the same output twice. */
  readonly optimise: boolean;
  readonly repeatable: boolean;
}

export async function referenceOf(
  model: Source,
  options: ReferenceOptions,
  optimise = false,
): Promise<Reference> {
  const found = await withSession(model, { runtime: options.runtime, optimise }, async (session) => {
    const feeds = options.feeds ?? (await drawn(session, options.seeds ?? 1));
    const outputs = await runAll(session, feeds);
    const again = await run(session, feeds[0] ?? {});
    return { feeds, outputs, optimise, repeatable: compare(again, outputs[0] ?? {}).worst === 0 };
  });
  return found.repeatable || optimise ? found : referenceOf(model, { ...options, feeds: found.feeds }, true);
}

/** Sizes of open dims for the inputs after the first: a cut must not bake in what the first input had. */
const otherSizes: readonly Partial<DefaultSizes>[] = [
  { batch: 3, length: 11, past: 3, side: 96 },
  { batch: 1, length: 24, past: 6, side: 128 },
];

/** Inputs that the model runs on, of other sizes each time where the model leaves sizes open and takes them. */
async function drawn(session: Session, seeds: number): Promise<ValuesByName[]> {
  const first = await findFeeds(session);
  const feeds: ValuesByName[] = [first];
  for (let seed = 2; seed <= seeds; seed++)
    feeds.push(
      (await resized(session, seed, otherSizes[seed % otherSizes.length])) ?? likeFirst(session, seed, first),
    );
  return feeds;
}

async function resized(
  session: Session,
  seed: number,
  sizes: Partial<DefaultSizes> = {},
): Promise<ValuesByName | undefined> {
  try {
    return await findFeeds(session, { seed, sizes });
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "run-failed") return undefined;
    throw error;
  }
}

function likeFirst(session: Session, seed: number, first: ValuesByName): ValuesByName {
  const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
  return randomFeeds(inputsOf(session), { seed, shapes });
}
