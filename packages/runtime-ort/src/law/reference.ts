import type { SizesByName } from "@prune/graph";
import type { DefaultSizes } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { draws, type Graph } from "@prune/onnx/advanced";
import { checkBuffers } from "../buffers.js";
import { compare } from "../compare.js";
import { isUnrunnable, RuntimeError, reasonOf } from "../error.js";
import { type FeedOptions, randomFeeds } from "../feeds.js";
import { foundFeeds } from "../find-feeds.js";
import { inputsOf } from "../inputs.js";
import { type Outputs, run } from "../run.js";
import type { OrtRuntime } from "../runtime.js";
import type { Optimisation, Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import type { Budget, BudgetOptions } from "./budget.js";
import { answersOf, levelsFrom, type Opened, withSession } from "./models.js";
import { carriedFrom, nextTurn, otherBranch, type Turn } from "./turns.js";

/** The inputs that a law is judged on, and what ends the judging early. */
export interface ReferenceOptions extends BudgetOptions {
  /** Inputs to run on; drawn at random when not given. */
  readonly feeds?: readonly ValuesByName[] | undefined;
  /**
   * Random inputs to draw at most, each with its own seed, and sizes of its own where the model leaves them open.
   * @default 1
   */
  readonly seeds?: number;
  /** Sizes of open dims, by name, for all of them. */
  readonly sizes?: SizesByName | undefined;
  /** What is being done. */
  readonly onProgress?: ((doing: string) => void) | undefined;
  /** Stops between two runs. */
  readonly signal?: AbortSignal | undefined;
  /** @default onnxruntime-node */
  readonly runtime?: OrtRuntime | undefined;
}

/** An original's answers, and the way of running it that gives them again. */
export interface Reference {
  readonly turns: readonly Turn[];
  readonly outputs: readonly Outputs[];
  /** How far the runtime may rewrite the graph: only as far as the original opens and gives the same output twice. */
  readonly optimise: Optimisation;
  readonly repeatable: boolean;
  /** Why the original doesn't open unless the runtime rewrites it; undefined where it does. */
  readonly refused?: string;
}

type Answers = Pick<Reference, "turns" | "outputs">;

/** What of the time inputs may take that have the first one's sizes, and so say little more than it. */
const shareOfMore = 0.1;

/** How an original is run. */
export interface ReferenceRunning extends ReferenceOptions {
  readonly budget: Budget;
  /** Runs of other models that follow each one of the original, and the time to open them, counted as runs. */
  readonly runsPerInput: number;
  /** Of the original: see `Running`. */
  readonly stretch?: number | undefined;
}

export async function referenceOf(original: Opened, options: ReferenceRunning): Promise<Reference> {
  const found = await opening(original, options);
  if (found.repeatable || found.optimise === "all") return found;
  const again = await answering(original, { ...options, turns: found.turns }, "all");
  return found.refused === undefined ? again : { ...again, refused: found.refused };
}

/** At the first level that the original opens at. */
async function opening(original: Opened, options: ReferenceRunning): Promise<Reference> {
  let failure: unknown;
  for (const level of levelsFrom("disabled"))
    try {
      const found = await answering(original, options, level);
      return failure === undefined ? found : { ...found, refused: reasonOf(failure) };
    } catch (error) {
      if (!RuntimeError.is(error, "model-refused")) throw error;
      failure ??= error;
    }
  throw failure;
}

function answering(
  { source, model }: Opened,
  options: ReferenceRunning & { readonly turns?: readonly Turn[] },
  optimise: Optimisation,
): Promise<Reference> {
  options.onProgress?.("running the original");
  return withSession(
    source,
    { runtime: options.runtime, optimise, stretch: options.stretch },
    async (session) => {
      for (const feeds of options.feeds ?? []) checkBuffers(model.graph, feeds);
      const given = options.turns ?? options.feeds?.map((feeds) => ({ feeds }));
      const { turns, outputs } = await (given
        ? answers(session, given, options)
        : drawn(session, model, options));
      const repeatable =
        !draws(model) || compare(await run(session, turns[0]?.feeds ?? {}), outputs[0] ?? {}).worst === 0;
      return { turns, outputs, optimise, repeatable };
    },
  );
}

async function answers(
  session: Session,
  turns: readonly Turn[],
  { signal, budget }: ReferenceRunning,
): Promise<Answers> {
  const outputs = await answersOf(session, turns, { signal, budget });
  return { turns: turns.slice(0, outputs.length), outputs };
}

/** Sizes of open dims for the inputs after the first: a cut must not bake in what the first input had. */
const otherSizes: readonly Partial<DefaultSizes>[] = [
  { batch: 3, length: 11, past: 0, side: 96, map: 24 },
  { batch: 1, length: 24, past: 6, side: 128, map: 32 },
];

/** Inputs that the model runs on, of other sizes each time where the model leaves sizes open and takes them. */
async function drawn(session: Session, { graph }: Model, options: ReferenceRunning): Promise<Answers> {
  const { seeds = 1, sizes: dims = {}, signal, onProgress = () => {}, budget, runsPerInput } = options;
  budget.spend();
  const started = performance.now();
  const inSeconds = (): number => (performance.now() - started) / 1000;
  const first = await foundFeeds(session, { graph, dims });
  const all = [first];
  let longest = inSeconds();
  /** Whether one more input would take longer than is left, with all that is still to be run on each. */
  const isLate = (share = 1): boolean =>
    inSeconds() + longest + (inSeconds() + longest) * runsPerInput >
    share * (budget.seconds - (budget.spent() - inSeconds()));
  const isAlike = inputsOf(session).every(({ shape }) => shape?.every((size) => typeof size === "number"));
  for (let seed = 2; seed <= seeds; seed++) {
    signal?.throwIfAborted();
    if (isLate(isAlike ? shareOfMore : 1)) break;
    budget.spend();
    onProgress(`running the original: input ${seed} of ${seeds}`);
    const before = inSeconds();
    all.push(
      (await resized(session, { graph, seed, dims, sizes: otherSizes[seed % otherSizes.length] ?? {} })) ??
        (await likeFirst(session, graph, seed, first.feeds)),
    );
    longest = Math.max(longest, inSeconds() - before);
  }
  const other = await branched(session, first);
  return followed(session, graph, other ? [first, other, ...all.slice(1)] : all, { ...options, isLate });
}

type Answer = Awaited<ReturnType<typeof foundFeeds>>;

/** Runs on after each input, where the model carries something from run to run. */
const stepsAfter = 2;

async function followed(
  session: Session,
  graph: Graph,
  all: readonly Answer[],
  { signal, budget, isLate, onProgress = () => {} }: ReferenceRunning & { readonly isLate: () => boolean },
): Promise<Answers> {
  const turns: Turn[] = [];
  const outputs: Outputs[] = [];
  const inputs = inputsOf(session);
  for (const [i, answer] of all.entries()) {
    turns.push({ feeds: answer.feeds });
    outputs.push(answer.outputs);
    let last: Answer = answer;
    for (let step = 1; step <= stepsAfter; step++) {
      signal?.throwIfAborted();
      budget.spend();
      // One step at least is taken, as the first input is run whatever the time.
      if (outputs.length > 1 && isLate()) break;
      // Odd, so that what chooses between a first step and one with a cache takes the cache.
      const turn = nextTurn(inputs, graph, last, 1 + 2 * (i * stepsAfter + step));
      if (!turn) break;
      onProgress(`running the original: step ${step} with what it carries`);
      const after = await attempted(session, graph, last, turn);
      if (!after) break;
      turns.push(turn);
      outputs.push(after.outputs);
      last = after;
    }
  }
  return { turns, outputs };
}

/** A step of the original from what it made; undefined where it doesn't run on the sizes that were guessed. */
async function attempted(
  session: Session,
  graph: Graph,
  before: Answer,
  turn: Turn,
): Promise<Answer | undefined> {
  try {
    const feeds = { ...turn.feeds, ...carriedFrom(turn, before) };
    checkBuffers(graph, feeds);
    return { feeds, outputs: await run(session, feeds) };
  } catch (error) {
    if (isUnrunnable(error)) return undefined;
    throw error;
  }
}

/** The same input on the other branch of a model that has two. */
async function branched(session: Session, { feeds }: Answer): Promise<Answer | undefined> {
  const other = otherBranch(inputsOf(session), feeds);
  if (!other) return undefined;
  try {
    return { feeds: { ...other } as Answer["feeds"], outputs: await run(session, other) };
  } catch (error) {
    if (isUnrunnable(error)) return undefined;
    throw error;
  }
}

async function resized(session: Session, options: FeedOptions): Promise<Answer | undefined> {
  try {
    return await foundFeeds(session, options);
  } catch (error) {
    if (isUnrunnable(error)) return undefined;
    throw error;
  }
}

async function likeFirst(session: Session, graph: Graph, seed: number, first: ValuesByName): Promise<Answer> {
  const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
  const feeds = randomFeeds(inputsOf(session), { graph, seed, shapes });
  return { feeds, outputs: await run(session, feeds) };
}
