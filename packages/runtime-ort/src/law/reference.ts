import { draws, type Graph, type Model } from "@prune/onnx";
import { compare } from "../compare.js";
import type { DefaultSizes } from "../dims.js";
import { RuntimeError } from "../error.js";
import { randomFeeds } from "../feeds.js";
import { foundFeeds } from "../find-feeds.js";
import { inputsOf } from "../inputs.js";
import { type Outputs, run } from "../run.js";
import type { OrtRuntime } from "../runtime.js";
import type { Optimisation, Session } from "../session.js";
import type { ValuesByName } from "../values.js";
import { levelsFrom, type Opened, withSession } from "./models.js";

export interface ReferenceOptions {
  /** Inputs to run on; drawn at random when not given. */
  readonly feeds?: readonly ValuesByName[] | undefined;
  /**
   * Random inputs to draw at most, each with its own seed, and sizes of its own where the model leaves them open.
   * @default 1
   */
  readonly seeds?: number;
  /** Seconds that running should take at most: fewer inputs are drawn where one run takes long, one at least. @default 60 */
  readonly seconds?: number | undefined;
  /** What is being done. */
  readonly onProgress?: ((doing: string) => void) | undefined;
  /** Stops between two runs. */
  readonly signal?: AbortSignal | undefined;
  /** @default onnxruntime-node */
  readonly runtime?: OrtRuntime | undefined;
}

/** An original's answers, and the way of running it that gives them again. */
export interface Reference {
  readonly feeds: readonly ValuesByName[];
  readonly outputs: readonly Outputs[];
  /** How far the runtime may rewrite the graph: only as far as the original opens and gives the same output twice. */
  readonly optimise: Optimisation;
  readonly repeatable: boolean;
}

type Answers = Pick<Reference, "feeds" | "outputs">;

/** Runs of other models on each input that follow one of the original: the masked model and the cut one, and the time to open them. */
const runsPerInput = 4;

export async function referenceOf(original: Opened, options: ReferenceOptions): Promise<Reference> {
  const found = await opening(original, options);
  if (found.repeatable || found.optimise === "all") return found;
  return answering(original, { ...options, feeds: found.feeds }, "all");
}

/** At the first level that the original opens at. */
async function opening(original: Opened, options: ReferenceOptions): Promise<Reference> {
  let failure: unknown;
  for (const level of levelsFrom("disabled"))
    try {
      return await answering(original, options, level);
    } catch (error) {
      if (!(error instanceof RuntimeError) || error.code !== "model-refused") throw error;
      failure ??= error;
    }
  throw failure;
}

function answering(
  { source, model }: Opened,
  options: ReferenceOptions,
  optimise: Optimisation,
): Promise<Reference> {
  options.onProgress?.("running the original");
  return withSession(source, { runtime: options.runtime, optimise }, async (session) => {
    const { feeds, outputs } = await (options.feeds
      ? answers(session, options.feeds, options)
      : drawn(session, model, options));
    const repeatable =
      !draws(model) || compare(await run(session, feeds[0] ?? {}), outputs[0] ?? {}).worst === 0;
    return { feeds, outputs, optimise, repeatable };
  });
}

async function answers(
  session: Session,
  feeds: readonly ValuesByName[],
  { signal }: ReferenceOptions,
): Promise<Answers> {
  const outputs: Outputs[] = [];
  for (const values of feeds) {
    signal?.throwIfAborted();
    outputs.push(await run(session, values));
  }
  return { feeds, outputs };
}

/** Sizes of open dims for the inputs after the first: a cut must not bake in what the first input had. */
const otherSizes: readonly Partial<DefaultSizes>[] = [
  { batch: 3, length: 11, past: 0, side: 96, map: 24 },
  { batch: 1, length: 24, past: 6, side: 128, map: 32 },
];

/** Inputs that the model runs on, of other sizes each time where the model leaves sizes open and takes them. */
async function drawn(session: Session, { graph }: Model, options: ReferenceOptions): Promise<Answers> {
  const { seeds = 1, seconds = 60, signal, onProgress = () => {} } = options;
  const started = performance.now();
  const first = await foundFeeds(session, { graph });
  const all = [first];
  let longest = (performance.now() - started) / 1000;
  for (let seed = 2; seed <= seeds; seed++) {
    signal?.throwIfAborted();
    if (((performance.now() - started) / 1000 + longest) * runsPerInput > seconds) break;
    onProgress(`running the original: input ${seed} of ${seeds}`);
    const before = performance.now();
    all.push(
      (await resized(session, graph, seed, otherSizes[seed % otherSizes.length])) ??
        (await likeFirst(session, graph, seed, first.feeds)),
    );
    longest = Math.max(longest, (performance.now() - before) / 1000);
  }
  return { feeds: all.map(({ feeds }) => feeds), outputs: all.map(({ outputs }) => outputs) };
}

type Answer = Awaited<ReturnType<typeof foundFeeds>>;

async function resized(
  session: Session,
  graph: Graph,
  seed: number,
  sizes: Partial<DefaultSizes> = {},
): Promise<Answer | undefined> {
  try {
    return await foundFeeds(session, { graph, seed, sizes });
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "run-failed") return undefined;
    throw error;
  }
}

async function likeFirst(session: Session, graph: Graph, seed: number, first: ValuesByName): Promise<Answer> {
  const shapes = Object.fromEntries(Object.entries(first).map(([name, { dims }]) => [name, dims]));
  const feeds = randomFeeds(inputsOf(session), { graph, seed, shapes });
  return { feeds, outputs: await run(session, feeds) };
}
