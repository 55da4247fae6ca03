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
  const inputs = withSizes(original.inputs, trace, sizes);
  try {
    return await inBestBackend(runtime, async () => {
      const feeds = await fitting(original, inputs);
      const place = inOrderOf(original, other);
      const others = other.inputs.map((_, i) => feeds[place(i)] as tf.Tensor);
      try {
        const [before, after] = await measureInTurn([() => original.run(feeds), () => other.run(others)], {
          seconds,
        });
        if (!before || !after) throw new Error("two models were timed");
        const shapes = inputs.map(({ name }, i) => [name, feeds[i]?.shape ?? []] as const);
        return {
          model: before,
          out: after,
          speedup: before.median / after.median,
          inputs: Object.fromEntries(shapes),
        };
      } finally {
        tf.dispose(feeds);
      }
    });
  } finally {
    original.dispose();
    other.dispose();
  }
}

/** Random feeds by the first filling of what a model leaves open that it runs on. */
export async function fitting(runner: Runner, inputs: Runner["inputs"]): Promise<tf.Tensor[]> {
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
