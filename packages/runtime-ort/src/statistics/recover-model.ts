import type { Cut } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { type LayerReport, type RecoverOptions, recover } from "@prune/recovery";
import type { ValuesByName } from "../values.js";
import { keptBy } from "./kept.js";
import { type Agreement, agreement, answersOf } from "./outputs.js";
import { ortTwins, type TwinsOptions } from "./twins.js";

export interface Pruned {
  readonly original: Model;
  /** What the backend made of the original and the cut. */
  readonly smaller: Model;
  readonly cut: Cut;
}

export interface RecoveryReport {
  readonly layers: readonly LayerReport[];
  /** With the original, on samples that no layer was fitted to or judged by; of the first output. */
  readonly before: Agreement;
  readonly after: Agreement;
  /** `kept`: the recovered net agrees less, so the cut one is returned as it was. */
  readonly result: "recovered" | "kept";
  readonly samples: { readonly fitted: number; readonly unseen: number };
}

export type RecoverModelOptions = TwinsOptions & RecoverOptions;

/** One batch in this many is kept to judge the whole by. */
const unseenEvery = 8;

/**
 * Refits a cut model to the original on unlabelled samples, in batches of about 64 in random order; two batches at
 * least. Neither model is changed.
 */
export async function recoverModel(
  { original, smaller, cut }: Pruned,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions = {},
): Promise<{ readonly model: Model; readonly report: RecoveryReport }> {
  if (samples.length < 3)
    throw new RangeError(
      `Recovery needs at least 3 batches of samples; got ${samples.length}. Use smaller batches.`,
    );
  const { signal } = options;
  const isUnseen = (b: number): boolean => (samples.length < unseenEvery ? b === 0 : b % unseenEvery === 0);
  const unseen = samples.filter((_, b) => isUnseen(b));
  const fitted = samples.filter((_, b) => !isUnseen(b));
  const dense = await answersOf(original, unseen, options, signal);
  const before = agreement(dense, await answersOf(smaller, unseen, options, signal));
  const { model, layers } = await recover(ortTwins(original, smaller, keptBy(cut), fitted, options), options);
  const after = agreement(dense, await answersOf(model, unseen, options, signal));
  const better = after.error <= before.error;
  return {
    model: better ? model : smaller,
    report: {
      layers,
      before,
      after: better ? after : before,
      result: better ? "recovered" : "kept",
      samples: { fitted: countOf(fitted), unseen: countOf(unseen) },
    },
  };
}

const countOf = (samples: readonly ValuesByName[]): number =>
  samples.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);
