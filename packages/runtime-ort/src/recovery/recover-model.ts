import type { Cut } from "@prune/graph";
import { keptBy } from "@prune/graph";
import type { Model } from "@prune/onnx";
import { type JudgedOptions, type JudgedReport, recoverJudged, startStopwatch } from "@prune/recovery";
import { countOf } from "../judging/judge.js";
import { outputsOf } from "../judging/outputs.js";
import { type LogitReport, withLogits } from "../logits/with-logits.js";
import { checkSamples } from "../samples/check-samples.js";
import type { ValuesByName } from "../values.js";
import { ortTwins, type TwinsOptions } from "./twins.js";

export interface Pruned {
  readonly original: Model;
  /** What the backend made of the original and the cut. */
  readonly smaller: Model;
  readonly cut: Cut;
}

export interface RecoveryReport extends JudgedReport {
  /** Heads whose queries and keys lost dims. */
  readonly logits: readonly LogitReport[];
}

export interface RecoverModelOptions extends TwinsOptions, JudgedOptions {
  /** Fit a core between queries and keys that lost dims, so that attention gives the logits that it gave. @default true */
  readonly logits?: boolean;
}

/**
 * Refits a cut model to the original on unlabelled samples, in batches of about 64 in random order; three batches
 * at least. Neither model is changed.
 */
export async function recoverModel(
  { original, smaller, cut }: Pruned,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions = {},
): Promise<{ readonly model: Model; readonly report: RecoveryReport }> {
  checkSamples(original, samples);
  const { signal, stopwatch = startStopwatch() } = options;
  const timed = { ...options, stopwatch };
  const kept = keptBy(cut);
  let logits: readonly LogitReport[] = [];
  const { model, report } = await recoverJudged(
    {
      original,
      smaller,
      samples,
      sizeOf: (feeds) => countOf([feeds]),
      answers: (of, batches) => outputsOf(of, batches, options, signal),
      async twins(batches) {
        const plain = await ortTwins(original, smaller, kept, batches, timed);
        if (options.logits === false) return plain;
        const twins = await withLogits(plain, { dense: original, kept }, batches, options);
        ({ logits } = twins);
        return twins;
      },
    },
    timed,
  );
  return { model, report: { ...report, logits } };
}
