import { compare } from "../compare.js";
import { randomFeeds } from "../feeds.js";
import { findFeeds } from "../find-feeds.js";
import { inputsOf } from "../inputs.js";
import { type Outputs, run } from "../run.js";
import type { Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import { runAll, type Source, withSession } from "./models.js";

export interface ReferenceOptions {
  /** Inputs to run on; drawn at random when not given. */
  readonly feeds?: readonly ValuesByName[] | undefined;
  /** Random inputs to draw, each with its own seed. @default 1 */
  readonly seeds?: number;
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
  const found = await withSession(model, optimise, async (session) => {
    const feeds = options.feeds ?? (await drawn(session, options.seeds ?? 1));
    const outputs = await runAll(session, feeds);
    const again = await run(session, feeds[0] ?? {});
    return { feeds, outputs, optimise, repeatable: compare(again, outputs[0] ?? {}).worst === 0 };
  });
  return found.repeatable || optimise ? found : referenceOf(model, { feeds: found.feeds }, true);
}

async function drawn(session: Session, seeds: number): Promise<ValuesByName[]> {
  const first = await findFeeds(session);
  const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
  const others = Array.from({ length: seeds - 1 }, (_, i) =>
    randomFeeds(inputsOf(session), { seed: i + 2, shapes }),
  );
  return [first, ...others];
}
