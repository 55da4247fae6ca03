import type { Trace } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { badOption } from "../errors.js";
import type { BenchHow } from "../format.js";
import type { Bench } from "../reports/bench.js";
import type { Subject } from "./evaluate.js";
import { feedsOf, fillings, withSizes } from "./feeds.js";
import { inOrderOf } from "./judging.js";
import { type Runner, runnerOf } from "./run.js";
import { inBestBackend } from "./tfjs-runtime.js";

/** Times two TensorFlow.js models on the same random input, one run of each in turn. */
export async function benched(
  { model, trace, runtime }: Subject & { readonly trace: Trace },
  smaller: Pick<Subject, "model" | "trace">,
  { seconds, threads, sizes = {} }: BenchHow,
): Promise<Bench> {
  if (threads > 1) throw badOption("threads", "TensorFlow.js models run on one thread here");
  const { measureInTurn } = await import("@prune/runtime-ort/advanced");
  const original = await runnerOf(model, runtime, trace);
  const other = await runnerOf(smaller.model, runtime, smaller.trace);
  try {
    const { timed, inputs } = await onSameFeeds(
      { runtime, original, other, inputs: withSizes(original.inputs, trace, sizes) },
      (runs) => measureInTurn(runs, { seconds }),
    );
    const [before, after] = timed;
    if (!before || !after) throw new Error("two models were timed");
    return { model: before, out: after, speedup: before.median / after.median, inputs };
  } finally {
    original.dispose();
    other.dispose();
  }
}

/** Two models to time, and what the first of them is fed. */
interface Pair {
  readonly runtime: Subject["runtime"];
  readonly original: Runner;
  readonly other: Runner;
  readonly inputs: Runner["inputs"];
}

/** Times runs of two models on the same random feeds, in the fastest backend that there is. */
export const onSameFeeds = <T>(
  { runtime, original, other, inputs }: Pair,
  time: (runs: readonly [() => Promise<unknown>, () => Promise<unknown>]) => Promise<T>,
): Promise<{ readonly timed: T; readonly inputs: Bench["inputs"] }> =>
  inBestBackend(runtime, async () => {
    const feeds = await fitting(original, inputs);
    const place = inOrderOf(original, other);
    const others = other.inputs.map((_, i) => feeds[place(i)] as tf.Tensor);
    try {
      const timed = await time([() => original.run(feeds), () => other.run(others)]);
      const shapes = inputs.map(({ name }, i) => [name, feeds[i]?.shape ?? []] as const);
      return { timed, inputs: Object.fromEntries(shapes) };
    } finally {
      tf.dispose(feeds);
    }
  });

/** Random feeds by the first filling of what a model leaves open that it runs on. */
async function fitting(runner: Runner, inputs: Runner["inputs"]): Promise<tf.Tensor[]> {
  let failed: unknown;
  for (const filling of fillings) {
    const feeds = feedsOf(inputs, 1, filling);
    try {
      await runner.run(feeds);
      return feeds;
    } catch (error) {
      failed = error;
      tf.dispose(feeds);
    }
  }
  throw failed;
}
