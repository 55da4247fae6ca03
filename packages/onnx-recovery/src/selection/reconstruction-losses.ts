import type { Backend, Cut, Family, Trace } from "@prune/graph";
import { keptBy } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { agreement } from "@prune/recovery";
import { eliminate } from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import { answersOf } from "../judging/outputs.js";
import { refitSymmetric } from "../recovery/symmetric.js";
import { firstSamples } from "../samples/count.js";
import { type CollectOptions, collectStatistics } from "../statistics/collect.js";
import { readersOf } from "./readers.js";

/** Which families are looked at, and on how many samples. */
export interface LossesOptions extends CollectOptions {
  /** Samples that measure what the loss of a family does to the model's output. @default 256 */
  readonly probes?: number;
  /** Families to choose from. @default all that some linear layer reads */
  readonly wanted?: (family: Family) => boolean;
}

/** What units cost where what reads them is refitted: what `chooser` of `@prune/pruner` takes. */
export interface ReconstructionLosses {
  readonly families: readonly {
    readonly family: Family;
    readonly order: readonly number[];
    readonly costs: readonly number[];
  }[];
  errorOf(cut: Cut): Promise<number>;
}

/**
 * In each family the order in which units leave by the exact cost of reconstructing what reads them (OBS), from one pass
 * over the samples, and what a cut that is refitted by the same statistics does to the model's output.
 */
export async function reconstructionLosses(
  backend: Backend<Model>,
  model: Model,
  trace: Trace,
  samples: readonly ValuesByName[],
  options: LossesOptions = {},
): Promise<ReconstructionLosses> {
  const { probes = 256, wanted = () => true, signal } = options;
  const statistics = await collectStatistics(model, samples, options);
  const some = firstSamples(samples, probes);
  const dense = await answersOf(model, some, options, signal);
  const families = trace.families.filter(wanted).flatMap((family) => {
    const readers = readersOf(trace, family, statistics);
    if (readers.length === 0 || family.units.length < 2) return [];
    signal?.throwIfAborted();
    return [{ family, ...eliminate(readers, family.units.length) }];
  });
  return {
    families,
    async errorOf(cut) {
      signal?.throwIfAborted();
      const smaller = refitSymmetric(statistics, backend.cut(model, trace, cut), keptBy(cut));
      return agreement(dense, await answersOf(smaller, some, options, signal)).error;
    },
  };
}
